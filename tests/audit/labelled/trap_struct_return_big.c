/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_ops CORRECTNESS
 * A big one as a result. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long g_ops;
struct snap {
  long a[5];
  long n;
};
static struct snap take(void) {
  struct snap s = {{0}, atomic_load(&g_ops)};
  return s;
}
int main(void) {
  atomic_fetch_add(&g_ops, 1);
  if (take().n > 5)
    abort();
  return 0;
}
