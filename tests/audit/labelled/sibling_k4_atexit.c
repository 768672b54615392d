/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : an exit handler acts by it */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
static _Atomic int hits;
static void fini(void) {
  if (hits > 3)
    _exit(3);
}
int main(int c, char **v) {
  atexit(fini);
  atomic_fetch_add(&hits, 1);
  return 0;
}
