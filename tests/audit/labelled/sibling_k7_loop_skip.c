/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : continue */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int n;
int main(int c, char **v) {
  for (int i = 0; i < c; i++) {
    if (atomic_fetch_add(&n, 1) & 1)
      continue;
    free(v[i]);
  }
  return 0;
}
