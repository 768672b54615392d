/* SPDX-License-Identifier: GPL-3.0-or-later */
// Arms that are off read fields of these names: one of another struct, one of this, one unclear.
// EXPECT stats.taken TELEMETRY
// EXPECT stats.given UNKNOWN
// EXPECT stats.kept UNKNOWN
struct stats { unsigned long taken, given, kept; };
struct slab { unsigned long taken; };
static struct stats g_stats;
int main(void)
{
  __atomic_fetch_add(&g_stats.taken, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_stats.given, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_stats.kept, 1, __ATOMIC_RELAXED);
  return 0;
}
#ifdef CHECKS
struct stats *(*get)(void);
int check(struct slab *s, struct stats *t) { return s->taken > 3 || t->given > 4; }
int check_more(void) { return get()->kept > 5; }
#endif
