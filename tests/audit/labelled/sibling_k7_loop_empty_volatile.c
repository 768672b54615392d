/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : waits by a volatile loop */
#include <stdatomic.h>
static _Atomic int n;
int main(void) {
  for (volatile int i = 0; i < atomic_load(&n); i++)
    ;
  atomic_fetch_add(&n, 1);
  return 0;
}
