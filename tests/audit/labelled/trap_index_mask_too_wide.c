/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : a mask that is wider than the array */
#include <stdatomic.h>
static _Atomic unsigned cnt;
static int log_[4];
int main(void) {
  log_[atomic_fetch_add(&cnt, 1) & 7] = 1;
  return 0;
}
