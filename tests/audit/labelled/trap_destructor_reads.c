/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT live CORRECTNESS
 * A destructor does. */
#include <stdatomic.h>
#include <unistd.h>
static _Atomic int live;
__attribute__((destructor)) static void stop(void) {
  if (atomic_load(&live))
    _exit(9);
}
int main(void) {
  atomic_fetch_add(&live, 1);
  return 0;
}
