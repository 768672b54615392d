/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_ops CORRECTNESS
 * A big one, which goes by the stack. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long g_ops;
struct snap {
  long a[5];
  long n;
};
static void judge(struct snap s) {
  if (s.n > 5)
    abort();
}
int main(void) {
  struct snap s = {{0}, atomic_fetch_add(&g_ops, 1)};
  judge(s);
  return 0;
}
