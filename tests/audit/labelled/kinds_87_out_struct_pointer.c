/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT stats.n UNKNOWN : a library hands the object itself out */
#include <stdatomic.h>
struct pool {
  long limit;
  _Atomic long used;
};
struct stats {
  long k;
  _Atomic long n;
};
static struct stats s;
void pool_open(struct stats **out) { *out = &s; }
void pool_get(void) { atomic_fetch_add(&s.n, 1); }
