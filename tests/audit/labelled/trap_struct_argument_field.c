/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_ops CORRECTNESS
 * A small struct by value as an argument. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long g_ops;
struct snap {
  int kind;
  long n;
};
static void judge(struct snap s) {
  if (s.n > 5)
    abort();
}
int main(void) {
  struct snap s = {1, atomic_fetch_add(&g_ops, 1)};
  judge(s);
  return 0;
}
