/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT depth UNKNOWN
 * Really CORRECTNESS: the address of the counter is a variable argument. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long depth;
static void each(int n, ...) {
  va_list l;
  va_start(l, n);
  while (n--)
    if (atomic_load(va_arg(l, _Atomic long *)) > 3)
      abort();
  va_end(l);
}
int main(void) {
  atomic_fetch_add(&depth, 1);
  each(1, &depth);
  return 0;
}
