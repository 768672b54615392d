/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN
 * Really CORRECTNESS. A variable argument that is taken by va_arg and decides. */
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long used;
static long most(int n, ...) {
  va_list l;
  va_start(l, n);
  long m = 0;
  while (n--) {
    long v = va_arg(l, long);
    if (v > m)
      m = v;
  }
  va_end(l);
  return m;
}
int main(void) {
  atomic_fetch_add(&used, 5);
  char *p = malloc((size_t)most(2, 16l, atomic_load(&used)));
  return p == NULL;
}
