/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdatomic.h>
#include <stdio.h>
extern _Atomic unsigned long g_calls;
void show(void);
void show(void) { printf("%lu\n", atomic_load(&g_calls)); }
