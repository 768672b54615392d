/* SPDX-License-Identifier: GPL-3.0-or-later */
// Another thread ends the loop. EXPECT g_stop CORRECTNESS
#include <stdatomic.h>
static atomic_bool g_stop;
static volatile long work;
void stop(void) { atomic_store(&g_stop, 1); }
int main(void) { while (!atomic_load(&g_stop)) work++; return 0; }
