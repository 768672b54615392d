/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : yields when contended */
#include <stdatomic.h>
#include <sched.h>
static _Atomic int n;
int main(void) {
  if (atomic_fetch_add(&n, 1) > 3)
    sched_yield();
  return 0;
}
