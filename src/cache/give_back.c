/* SPDX-License-Identifier: MIT */
/* give_back.c: see give_back.h. */
#include "cache/give_back.h"

#include "large/large.h"
#include "os/hak_clock.h"
#include "slab/superslab.h"
#include "thread/unified_cache.h"

/* The most that was in use at once lately: in this window and in the one before. What is in use and what is
 * kept may together be a sixth more, and so much. */
enum { PEAK_WINDOW_NS = 1000000000, MORE_PERCENT = 16, MORE_BYTES = 4 << 20 };
_Atomic size_t give_back_more_percent = MORE_PERCENT, give_back_more_bytes = MORE_BYTES;
static size_t peak[2]; /* relaxed everywhere: a hint */
static uint64_t peak_start;

static void peak_forget(void) {
  uint64_t now = hak_clock_coarse_ns(), start = __atomic_load_n(&peak_start, __ATOMIC_RELAXED);
  if (now - start < PEAK_WINDOW_NS) return;
  size_t live = superslab_live() + large_live();
  size_t last = now - start < 2 * (uint64_t)PEAK_WINDOW_NS ? __atomic_load_n(&peak[0], __ATOMIC_RELAXED) : live;
  __atomic_store_n(&peak_start, now, __ATOMIC_RELAXED);
  __atomic_store_n(&peak[1], last, __ATOMIC_RELAXED);
  __atomic_store_n(&peak[0], live, __ATOMIC_RELAXED);
}

void give_back_balance(unsigned slabs) {
  size_t live = superslab_live() + large_live(), kept = superslab_kept() + large_kept();
  size_t most = __atomic_load_n(&peak[0], __ATOMIC_RELAXED), before = __atomic_load_n(&peak[1], __ATOMIC_RELAXED);
  if (live > most) __atomic_store_n(&peak[0], most = live, __ATOMIC_RELAXED);
  if (before > most) most = before;
  size_t more = most / 100 * atomic_load_explicit(&give_back_more_percent, memory_order_relaxed) +
                atomic_load_explicit(&give_back_more_bytes, memory_order_relaxed);
  if (slabs == 0) large_slack_most(more);
  if (likely(live + kept <= most + more)) return;
  size_t over = live + kept - most - more, given = slabs == 0 ? superslab_shed(over, 0) : large_shed(over);
  if (given >= over) return;
  if (slabs == 0) large_shed(over - given);
  else superslab_shed(over - given, slabs);
}

void *give_back_large_alloc(size_t size, size_t alignment, bool *zeroed) {
  void *b = large_alloc(size, alignment, zeroed);
  give_back_balance(0);
  return b;
}

void give_back_tick(void) {
  /* the clock costs as much as some frees */
  enum { SLOW_PATHS_A_TICK = 16 };
  if (unlikely(hak_tls.more == NULL) || likely(++hak_tls.more->slow_paths % SLOW_PATHS_A_TICK != 0)) return;
  peak_forget();
  superslab_tick();
  large_tick();
}
