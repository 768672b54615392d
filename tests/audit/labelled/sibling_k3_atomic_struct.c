/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g.n CORRECTNESS : a whole struct is one C11 atomic */
#include <stdatomic.h>
#include <stdlib.h>
struct two {
  int n, m;
};
static _Atomic struct two g;
int main(int c, char **v) {
  struct two t = atomic_load(&g), u = {t.n + 1, 0};
  atomic_store(&g, u);
  if (t.n > 3)
    free(v);
  return 0;
}
