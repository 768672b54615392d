/* SPDX-License-Identifier: MIT */
/* class_stats.h: the gated counters of the unified cache (class-stats, phase 24, and
 * unified-cache-measure, phase 27). Compiled out, each macro is nothing. */
#ifndef CLASS_STATS_H
#define CLASS_STATS_H

#include "base/hak_config.h"
#include "probes/hakmem_site.h"

#if HAKMEM_TINY_CLASS_STATS_COMPILED
struct tiny_class_stats {
  uint64_t hit, free, miss, refill, spill;
};
extern HAK_EXPORT struct tiny_class_stats g_tiny_class_stats[HAK_CLASSES];
# define TINY_CLASS_STATS_ADD(c, field)                                   \
  do {                                                                    \
   HAK_SITE(class_stats);                                                 \
   __atomic_fetch_add(&g_tiny_class_stats[c].field, 1, __ATOMIC_RELAXED); \
  } while (0)
#else
# define TINY_CLASS_STATS_ADD(c, field) ((void)0)
#endif
#define TINY_CLASS_STATS_HIT(c) TINY_CLASS_STATS_ADD(c, hit)
#define TINY_CLASS_STATS_FREE(c) TINY_CLASS_STATS_ADD(c, free)
#define TINY_CLASS_STATS_MISS(c) TINY_CLASS_STATS_ADD(c, miss)
#define TINY_CLASS_STATS_REFILL(c) TINY_CLASS_STATS_ADD(c, refill)
#define TINY_CLASS_STATS_SPILL(c) TINY_CLASS_STATS_ADD(c, spill)

#if HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED
struct unified_cache_stats {
  uint64_t hits, misses, refill_cycles, class_hits[HAK_CLASSES], class_misses[HAK_CLASSES], class_cycles[HAK_CLASSES];
};
extern HAK_EXPORT struct unified_cache_stats g_unified_cache_stats;
/* HAKMEM_MEASURE_UNIFIED_CACHE, read at the first refill; hits count once a refill has read it */
extern HAK_INTERNAL bool unified_cache_measured;
# define UNIFIED_CACHE_MEASURE_HIT(c)                                              \
  do {                                                                             \
   if (unified_cache_measured) {                                                   \
    HAK_SITE(unified_cache_measure);                                               \
    __atomic_fetch_add(&g_unified_cache_stats.hits, 1, __ATOMIC_RELAXED);          \
    __atomic_fetch_add(&g_unified_cache_stats.class_hits[c], 1, __ATOMIC_RELAXED); \
   }                                                                               \
  } while (0)
HAK_INTERNAL uint64_t unified_cache_measure_start(void);
HAK_INTERNAL void unified_cache_measure_refill(unsigned c, uint64_t start_cycles);
# define UNIFIED_CACHE_MEASURE_START() uint64_t measure_start = unified_cache_measure_start()
# define UNIFIED_CACHE_MEASURE_REFILL(c) unified_cache_measure_refill(c, measure_start)
#else
# define UNIFIED_CACHE_MEASURE_HIT(c) ((void)0)
# define UNIFIED_CACHE_MEASURE_START() ((void)0)
# define UNIFIED_CACHE_MEASURE_REFILL(c) ((void)0)
#endif

HAK_INTERNAL void tiny_class_stats_print(void);

#endif
