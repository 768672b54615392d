/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g.n CORRECTNESS : an expression over lines in an arm */
#include <stdatomic.h>
#include <stdlib.h>
/* clang-format off */
static struct { _Atomic long n; } g;
int main(void) { atomic_fetch_add(&g.n, 1);
#ifdef X
 if (atomic_load(&g.
                  n) > 3) abort();
#endif
 return 0; }
