/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT pool.used UNKNOWN : an object of the caller's that a public inline reads */
#include <stdatomic.h>
struct pool {
  _Atomic long used;
};
void pool_get(struct pool *p) {
  atomic_fetch_add(&p->used, 1);
}
