/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT uses CORRECTNESS
 * A key of bsearch() that the comparing function reads. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int uses;
static const int limits[] = {1, 4, 16, 64};
static int cmp(const void *a, const void *b) {
  return *(const int *)a - *(const int *)b;
}
int main(void) {
  int k = atomic_fetch_add(&uses, 1);
  if (bsearch(&k, limits, 4, sizeof *limits, cmp))
    abort();
  return 0;
}
