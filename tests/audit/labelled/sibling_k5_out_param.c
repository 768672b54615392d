/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN : a library writes it through a caller's pointer */
#include <stdatomic.h>
static _Atomic long used;
void pool_get(void) {
  atomic_fetch_add(&used, 1);
}
int pool_query(long *out) {
  *out = used;
  return 0;
}
