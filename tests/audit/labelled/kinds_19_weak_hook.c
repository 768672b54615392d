/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN : a weak hook, which the user of the library replaces, gets the value */
#include <stdatomic.h>
static _Atomic long used;
__attribute__((weak)) void pool_on_change(long n) { (void)n; }
void pool_get(void) { pool_on_change(atomic_fetch_add(&used, 1)); }
