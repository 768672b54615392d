/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : a destructor function acts by it */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int hits;
__attribute__((destructor)) static void fini(void) {
  if (hits > 3)
    abort();
}
int main(int c, char **v) {
  atomic_fetch_add(&hits, 1);
  return 0;
}
