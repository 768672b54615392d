/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : returns early before the work */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int n;
static void work(char **v) {
  if (atomic_fetch_add(&n, 1) > 3)
    return;
  free(v);
}
int main(int c, char **v) {
  work(v);
  return 0;
}
