/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT s.evictions CORRECTNESS : an offset table reads any counter, and one decides */
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
struct st {
  _Atomic long hits, misses, evictions;
};
static struct st s;
static const size_t offs[] = {offsetof(struct st, hits), offsetof(struct st, evictions)};
int main(int c, char **v) {
  atomic_fetch_add(&s.evictions, 1);
  if (*(long *)((char *)&s + offs[c & 1]) > 10)
    free(v);
  return 0;
}
