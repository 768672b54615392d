/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT priv.used CORRECTNESS : a public mirror of the private struct reads it (a limit that doc/audit.md names) */
#include <stdatomic.h>
#include <stdlib.h>
struct priv {
  void *mem;
  _Atomic long used;
};
struct pub {
  void *mem;
  long used;
};
static struct priv s;
static void *block;
int main(void) {
  atomic_fetch_add(&s.used, 1);
  const struct pub *p = (const struct pub *)&s;
  if (p->used > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
