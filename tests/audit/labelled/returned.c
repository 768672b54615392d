/* SPDX-License-Identifier: GPL-3.0-or-later */
// Its value comes back through two functions. EXPECT g_depth CORRECTNESS
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int g_depth;
static int depth(void) { return atomic_load(&g_depth); }
static int too_deep(void) { return depth() > 100; }
int main(void) { atomic_fetch_add(&g_depth, 1); if (too_deep()) abort(); return 0; }
