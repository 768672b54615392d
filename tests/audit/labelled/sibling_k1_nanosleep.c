/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT spins CORRECTNESS : back-off by the number of spins */
#include <stdatomic.h>
#include <time.h>
static _Atomic long spins;
int main(void) {
  struct timespec t = {0, 0};
  t.tv_nsec = atomic_fetch_add(&spins, 1) * 1000;
  nanosleep(&t, 0);
  return 0;
}
