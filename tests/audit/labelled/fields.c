/* SPDX-License-Identifier: GPL-3.0-or-later */
// Fields of one struct differ. EXPECT pool.stats.hits TELEMETRY
// EXPECT pool.head CORRECTNESS
#include <stdatomic.h>
#include <stdio.h>
struct pool { void **_Atomic head; struct { _Atomic long hits; } stats; };
static struct pool pools[4];
static void *take(struct pool *p)
{
  void **h = atomic_load_explicit(&p->head, memory_order_acquire);
  atomic_fetch_add_explicit(&p->stats.hits, 1, memory_order_relaxed);
  return h ? *h : NULL;
}
int main(void)
{
  void *p = take(&pools[1]);
  for (int i = 0; i < 4; i++) printf("%d %ld\n", i, atomic_load(&pools[i].stats.hits));
  return p != NULL;
}
