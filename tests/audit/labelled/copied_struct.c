/* SPDX-License-Identifier: GPL-3.0-or-later */
// Copied as a whole, out of sight. EXPECT counters.hits UNKNOWN
#include <stdatomic.h>
#include <string.h>
struct counters { _Atomic long hits, misses; };
static struct counters g_counters;
void copy_out(void *to);
void copy_out(void *to) { memcpy(to, &g_counters, sizeof g_counters); }
int main(void) { atomic_fetch_add(&g_counters.hits, 1); return 0; }
