/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT load_stat CORRECTNESS : a plain volatile pointer reads it */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long load_stat;
static void *block;
int main(void) {
  volatile long *v = (volatile long *)&load_stat;
  atomic_fetch_add(&load_stat, 1);
  if (*v > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
