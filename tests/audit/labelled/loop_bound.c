/* SPDX-License-Identifier: GPL-3.0-or-later */
// It says how often work is done. EXPECT g_batch CORRECTNESS
#include <stdatomic.h>
static _Atomic int g_batch;
static int list[64];
void refill(void) { for (int i = 0; i < atomic_load(&g_batch); i++) list[i & 63] = 0; }
int main(void) { atomic_fetch_add(&g_batch, 2); refill(); return 0; }
