/* SPDX-License-Identifier: GPL-3.0-or-later */
// A counter that nothing reads. EXPECT g_hits TELEMETRY
#include <stdatomic.h>
static _Atomic unsigned long g_hits;
int main(void) { atomic_fetch_add_explicit(&g_hits, 1, memory_order_relaxed); return 0; }
