/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT live CORRECTNESS : crashes on purpose above the limit */
#include <stdatomic.h>
static _Atomic long live;
int main(void) {
  if (atomic_fetch_add(&live, 1) > 1000) *(volatile int *)0 = 0;
  return 0;
}
