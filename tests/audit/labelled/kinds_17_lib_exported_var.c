/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT pool_used UNKNOWN : an exported variable of a library; its header lets anybody read it */
#include <stdatomic.h>
_Atomic long pool_used;
void *pool_get(void) {
  atomic_fetch_add(&pool_used, 1);
  return 0;
}
