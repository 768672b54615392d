/* SPDX-License-Identifier: GPL-3.0-or-later */
// Its only reader is in another unit. WITH other_unit.part.c
// EXPECT g_debug_calls CORRECTNESS
#include <stdatomic.h>
_Atomic unsigned long g_debug_calls;
void check(void);
int main(void) { atomic_fetch_add(&g_debug_calls, 1); check(); return 0; }
