/* SPDX-License-Identifier: GPL-3.0-or-later */
// Its address goes where the analysis cannot follow. EXPECT g_events UNKNOWN
#include <stdatomic.h>
#include <pthread.h>
static _Atomic unsigned long g_events;
static pthread_key_t key;
int main(void) { pthread_setspecific(key, &g_events); atomic_fetch_add(&g_events, 1); return 0; }
