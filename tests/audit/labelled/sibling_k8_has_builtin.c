/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : a constant condition of C that this build does not compile */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
enum { CHECKED = 0 };
int main(void) {
  atomic_fetch_add(&n, 1);
  if (CHECKED && n > 3)
    abort();
  return 0;
}
