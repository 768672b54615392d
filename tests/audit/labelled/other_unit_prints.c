/* SPDX-License-Identifier: GPL-3.0-or-later */
// Its reader in another unit only prints. WITH other_unit_prints.part.c
// EXPECT g_calls TELEMETRY
#include <stdatomic.h>
_Atomic unsigned long g_calls;
void show(void);
int main(void) { atomic_fetch_add(&g_calls, 1); show(); return 0; }
