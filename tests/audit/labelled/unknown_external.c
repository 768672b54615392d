/* SPDX-License-Identifier: GPL-3.0-or-later */
// Its value goes to a library function that nothing is known of. EXPECT g_backoff UNKNOWN
#include <stdatomic.h>
#include <unistd.h>
static _Atomic unsigned g_backoff;
int main(void) { nice((int)atomic_fetch_add(&g_backoff, 1)); return 0; }
