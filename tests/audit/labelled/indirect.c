/* SPDX-License-Identifier: GPL-3.0-or-later */
// Its value goes into a call through a pointer. EXPECT g_reported UNKNOWN
#include <stdatomic.h>
static _Atomic unsigned long g_reported;
void (*hook)(unsigned long);
int main(void) { unsigned long n = atomic_fetch_add(&g_reported, 1); if (hook) hook(n); return 0; }
