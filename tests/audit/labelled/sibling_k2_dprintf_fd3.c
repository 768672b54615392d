/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT id UNKNOWN : descriptor 3 is the parent's control channel */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int id;
int main(void) {
  dprintf(3, "READY %d\n", atomic_fetch_add(&id, 1));
  return 0;
}
