/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ops CORRECTNESS : time(&now) each 64th operation */
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
static _Atomic unsigned ops;
static time_t now;
static void *block;
void op(void) {
  if (atomic_fetch_add(&ops, 1) % 64 == 0) time(&now);
  if (now > 5) {
    free(block);
    block = 0;
  }
}
int main(void) {
  op();
  return 0;
}
