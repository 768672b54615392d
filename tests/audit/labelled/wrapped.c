/* SPDX-License-Identifier: GPL-3.0-or-later */
// A library of atomics: each wrapped number is its own location.
// EXPECT stats.taken TELEMETRY
// EXPECT g_limit CORRECTNESS
// EXPECT g_count TELEMETRY
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
typedef struct { _Atomic unsigned long repr; } number_t;
struct stats { number_t taken, given; };
static struct stats g_stats;
static number_t g_limit, g_count;
static inline void number_add(number_t *n, unsigned long by) {
  atomic_fetch_add_explicit(&n->repr, by, memory_order_relaxed);
}
static inline unsigned long number_get(const number_t *n) {
  return atomic_load_explicit(&n->repr, memory_order_relaxed);
}
int main(void)
{
  number_add(&g_stats.taken, 1);
  number_add(&g_limit, 1);
  number_add(&g_count, 1);
  printf("%lu %lu\n", number_get(&g_stats.taken), number_get(&g_count));
  if (number_get(&g_limit) > 9) abort();
  return 0;
}
