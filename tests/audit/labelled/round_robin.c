/* SPDX-License-Identifier: GPL-3.0-or-later */
// A counter that is an index. EXPECT g_count CORRECTNESS
#include <stdatomic.h>
static _Atomic unsigned g_count;
static int arenas[8];
int *choose(void) { return &arenas[atomic_fetch_add_explicit(&g_count, 1, memory_order_relaxed) % 8]; }
int main(void) { *choose() = 3; return 0; }
