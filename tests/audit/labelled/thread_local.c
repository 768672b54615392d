/* SPDX-License-Identifier: GPL-3.0-or-later */
// A thread's own count, flushed into a total that is printed. EXPECT g_total TELEMETRY
#include <stdatomic.h>
#include <stdio.h>
static _Thread_local unsigned long own;
static _Atomic unsigned long g_total;
static void flush(void) { atomic_fetch_add(&g_total, own); own = 0; }
int main(void) { own++; flush(); printf("%lu\n", atomic_load(&g_total)); return 0; }
