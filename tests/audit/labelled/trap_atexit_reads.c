/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT dirty CORRECTNESS
 * A function that exit() calls decides by it. */
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>
static _Atomic int dirty;
static void flush(void) {
  if (dirty)
    unlink("/tmp/x");
}
int main(void) {
  atexit(flush);
  atomic_fetch_add(&dirty, 1);
  return 0;
}
