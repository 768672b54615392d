/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT load CORRECTNESS : read by memcpy */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
static _Atomic long load;
static void *block;
int main(void) {
  long v;
  atomic_fetch_add(&load, 1);
  memcpy(&v, (const void *)&load, sizeof v);
  if (v > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
