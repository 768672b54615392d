/* SPDX-License-Identifier: MIT */
/* class_stats.c: see class_stats.h. */
#include "telemetry/class_stats.h"

#include "base/hak_size_class.h"
#include "os/hak_env.h"
#include "os/hak_panic.h"

#if HAKMEM_TINY_CLASS_STATS_COMPILED
struct tiny_class_stats g_tiny_class_stats[HAK_CLASSES];

static void print_class(unsigned c) {
  struct tiny_class_stats *s = &g_tiny_class_stats[c];
  const uint64_t values[5] = { __atomic_load_n(&s->hit, __ATOMIC_RELAXED), __atomic_load_n(&s->free, __ATOMIC_RELAXED),
                               __atomic_load_n(&s->miss, __ATOMIC_RELAXED),
                               __atomic_load_n(&s->refill, __ATOMIC_RELAXED),
                               __atomic_load_n(&s->spill, __ATOMIC_RELAXED) };
  static const char *const names[5] = { " hit ", " free ", " miss ", " refill ", " spill " };
  hak_print("class-stats: size ");
  hak_print_u64(hak_class_size(c));
  for (int i = 0; i < 5; i++) {
    hak_print(names[i]);
    hak_print_u64(values[i]);
  }
  hak_print("\n");
}
#endif

#if HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED
struct unified_cache_stats g_unified_cache_stats;
bool unified_cache_measured;

static uint64_t cycles_now(void) {
# if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
# elif defined(__aarch64__)
  uint64_t v;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(v));
  return v;
# else
  return 0;
# endif
}

uint64_t unified_cache_measure_start(void) {
  static int wanted = -1; /* racing threads read the same environment */
  if (unlikely(__atomic_load_n(&wanted, __ATOMIC_RELAXED) < 0)) {
    bool on = hak_env_switch("HAKMEM_MEASURE_UNIFIED_CACHE", true);
    __atomic_store_n(&unified_cache_measured, on, __ATOMIC_RELAXED);
    __atomic_store_n(&wanted, on, __ATOMIC_RELAXED);
  }
  return unified_cache_measured ? cycles_now() : 0;
}

void unified_cache_measure_refill(unsigned c, uint64_t start_cycles) {
  if (!unified_cache_measured) return;
  uint64_t spent = cycles_now() - start_cycles;
  HAK_SITE(unified_cache_measure);
  __atomic_fetch_add(&g_unified_cache_stats.misses, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_unified_cache_stats.refill_cycles, spent, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_unified_cache_stats.class_misses[c], 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_unified_cache_stats.class_cycles[c], spent, __ATOMIC_RELAXED);
}
#endif

void tiny_class_stats_print(void) {
#if HAKMEM_TINY_CLASS_STATS_COMPILED
  for (unsigned c = 1; c < HAK_CLASSES; c++)
    if (__atomic_load_n(&g_tiny_class_stats[c].miss, __ATOMIC_RELAXED) != 0) print_class(c);
#endif
#if HAKMEM_TINY_UNIFIED_CACHE_MEASURE_COMPILED
  hak_print("unified-cache-measure: hits ");
  hak_print_u64(__atomic_load_n(&g_unified_cache_stats.hits, __ATOMIC_RELAXED));
  hak_print(" misses ");
  hak_print_u64(__atomic_load_n(&g_unified_cache_stats.misses, __ATOMIC_RELAXED));
  hak_print(" refill cycles ");
  hak_print_u64(__atomic_load_n(&g_unified_cache_stats.refill_cycles, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
}
