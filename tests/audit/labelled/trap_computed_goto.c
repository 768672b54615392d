/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT steps CORRECTNESS
 * It chooses the label. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic unsigned steps;
int main(void) {
  static void *const to[] = {&&a, &&b};
  goto *to[atomic_fetch_add(&steps, 1) & 1];
a:
  return 0;
b:
  abort();
}
