/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : back-off pauses */
#include <stdatomic.h>
static _Atomic int n;
int main(void) {
  for (int i = 0; i < (atomic_fetch_add(&n, 1) & 7); i++)
    __builtin_ia32_pause();
  return 0;
}
