/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT turn CORRECTNESS : a wait loop by goto */
#include <stdatomic.h>
static _Atomic int turn;
int main(void) {
  atomic_fetch_add(&turn, 1);
again:
  if (atomic_load(&turn) < 3)
    goto again;
  return 0;
}
