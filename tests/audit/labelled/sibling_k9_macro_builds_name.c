/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n_hits CORRECTNESS : token pasting in an arm that is left out */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n_hits;
#define C(x) atomic_load(&n_##x)
int main(void) {
  atomic_fetch_add(&n_hits, 1);
#ifdef GUARD
  if (C(hits) > 3)
    abort();
#endif
  return 0;
}
