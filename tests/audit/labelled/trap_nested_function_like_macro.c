/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * X macros make a struct and its readers. */
#include <stdatomic.h>
#include <stdlib.h>
#define LIST(X) X(g_n) X(g_m)
#define DEF(n) static _Atomic long n;
LIST(DEF)
#define GET(n)                                                                                                       \
  long get_##n(void);                                                                                                \
  long get_##n(void) {                                                                                               \
    return atomic_load(&n);                                                                                          \
  }
LIST(GET)
int main(void) {
  atomic_fetch_add(&g_n, 1);
  if (get_g_n() > get_g_m())
    abort();
  return 0;
}
