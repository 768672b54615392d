/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : in the third of four arms, in a header-like block */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long n;
int main(void) {
  atomic_fetch_add(&n, 1);
#if defined(A)
#elif defined(B)
#elif defined(C)
  if (atomic_load_explicit(&n, memory_order_relaxed) > 3)
    abort();
#else
#endif
  return 0;
}
