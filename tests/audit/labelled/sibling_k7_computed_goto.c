/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : a computed goto */
#include <stdatomic.h>
static _Atomic int n;
int main(void) {
  static void *l[] = {&&a, &&b};
  goto *l[atomic_fetch_add(&n, 1) & 1];
a:
  return 1;
b:
  return 0;
}
