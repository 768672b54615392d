/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdatomic.h>
#include <stdlib.h>
extern _Atomic unsigned long g_debug_calls;
void check(void);
void check(void) { if (atomic_load(&g_debug_calls) > 1000) abort(); }
