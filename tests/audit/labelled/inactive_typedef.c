/* SPDX-License-Identifier: GPL-3.0-or-later */
// As inactive_field.c, where types are known by typedefs and through members.
// EXPECT stats_s.taken TELEMETRY
// EXPECT stats_s.state TELEMETRY
// EXPECT stats_s.given UNKNOWN
// EXPECT stats_s.level UNKNOWN
// EXPECT stats_s.kept UNKNOWN
// A type that this build does not have. EXPECT stats_s.lost UNKNOWN
// The name may be one of several that are declared at once. EXPECT stats_s.mixed UNKNOWN
// EXPECT stats_s.split UNKNOWN
// EXPECT stats_s.constant UNKNOWN
typedef struct stats_s { unsigned long taken, state, given, level, kept, lost, mixed, split, constant; } stats_t;
typedef struct entry_s { unsigned long state; } entry_t;
typedef struct slab_s { unsigned long taken, mixed, split, constant; entry_t entry; } slab_t;
typedef struct pool_s { stats_t stats; } pool_t;
static pool_t g_pool;
static slab_t g_slab;
int main(void)
{
  __atomic_fetch_add(&g_pool.stats.taken, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_pool.stats.state, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_pool.stats.given, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_pool.stats.level, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_pool.stats.kept, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_pool.stats.lost, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_pool.stats.mixed, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_pool.stats.split, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_pool.stats.constant, 1, __ATOMIC_RELAXED);
  return (int)g_slab.entry.state;
}
#ifdef CHECKS
typedef stats_t lost_t;
int check(slab_t *s) { return s->taken > 3 || s->entry.state > 4; }
int check_given(stats_t *s) { return s->given > 4; }
int check_level(pool_t *p) { return p->stats.level > 4; }
int check_kept(stats_t *(*get)(void)) { return get()->kept > 5; }
int check_lost(lost_t *l) { return l->lost > 5; }
int check_mixed(slab_t *s)
{
  stats_t *first = 0, *s2 = 0, *m = 0;
  return s && first != s2 && m->mixed > 5;
}
int check_split(slab_t *s2)
{
  slab_t *n = s2;
  if (!n) {
    stats_t *first = 0,
            *n = first;
    return n->split > 5;
  }
  return 0;
}
int check_const(stats_t const *c) { return c->constant > 5; }
int check_later(slab_t *m);
int check_later(slab_t *m) { return m != 0; }
#endif
