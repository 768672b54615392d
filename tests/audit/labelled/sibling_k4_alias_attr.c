/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : an alias attribute reads it by another name */
#include <stdatomic.h>
#include <stdlib.h>
_Atomic long hits;
extern long shadow __attribute__((alias("hits")));
int main(int c, char **v) {
  atomic_fetch_add(&hits, 1);
  if (shadow > 3)
    free(v);
  return 0;
}
