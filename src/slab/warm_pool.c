/* SPDX-License-Identifier: MIT */
/* warm_pool.c: see warm_pool.h. */
#include "slab/warm_pool.h"

#include "os/hak_clock.h"
#include "os/hak_env.h"
#include "os/hak_panic.h"
#include "probes/hakmem_site.h"
#include "slab/arena.h"

enum { LENGTHS = 4 }; /* 1, 2, 4, 8 slabs */

/* Taken from the head, given back from the tail: linked through next and prev of the run. A list
 * for each class that the runs were cut for last: a run that is cut as before touches the pages
 * that are resident anyway. */
static struct warm_list {
  struct hak_slab *head, *tail;
  uint32_t count;
} warm[HAK_RUN_CLASSES];
static struct warm_length {
  uint32_t count, low; /* low: the least count in this window */
  uint32_t expired;    /* so many runs go back */
} of_length[LENGTHS];
static size_t warm_bytes;
static bool pending;        /* some run is expired */
static uint64_t window_end; /* ns of the coarse clock; written under the arena's lock */

/* What was given back and asked for again soon was given back too early: so much more is kept
 * from then on, as long as that goes on. */
static size_t regretted;
static uint64_t regret_end;  /* when that is forgotten */
static size_t given[2];      /* given back for want of room in this window, in the one before */
static uint64_t given_start; /* of this window */

#if HAKMEM_TINY_WARM_LOG_COMPILED
/* Rate limits of the two logs: the first 16 of each are printed. */
HAK_EXPORT uint64_t g_warm_rel_logs, g_warm_dbg_logs;
enum { LOGS_MAX = 16 };

static bool log_wanted(void) {
  static int wanted = -1;
  if (wanted < 0) wanted = hak_env_switch("HAKMEM_TINY_WARM_LOG", false);
  return wanted != 0;
}
#endif

static struct warm_length *length_of(const struct hak_slab *s) { return &of_length[__builtin_ctz(s->run_slabs)]; }

static struct hak_slab *unlink_run(struct hak_slab *s) {
  struct warm_list *l = &warm[s->warm_class];
  struct warm_length *n = length_of(s);
  if (s->prev != NULL) s->prev->next = s->next;
  else l->head = s->next;
  if (s->next != NULL) s->next->prev = s->prev;
  else l->tail = s->prev;
  s->next = s->prev = NULL;
  l->count--;
  n->count--;
  if (n->count < n->low) n->low = n->count;
  if (n->count < n->expired) n->expired = n->count;
  __atomic_store_n(&warm_bytes, warm_bytes - ((size_t)s->run_slabs << HAK_SLAB_SHIFT), __ATOMIC_RELAXED);
  return s;
}

/* Of the lists with runs of that length the longest, whose runs are the least missed. */
static struct warm_list *longest(unsigned slabs) {
  struct warm_list *l = &warm[0];
  if (of_length[__builtin_ctz(slabs)].count == 0) return l;
  for (unsigned c = 1; c < HAK_RUN_CLASSES; c++)
    if (warm[c].count > l->count && hak_run_slabs(c) == slabs) l = &warm[c];
  return l;
}

struct hak_slab *warm_pool_take(unsigned c) {
  struct hak_slab *s = warm[c].head;
  if (s == NULL) s = longest(hak_run_slabs(c))->head;
  if (s == NULL) return NULL;
  unlink_run(s);
  if (regretted != 0) regret_end = hak_clock_coarse_ns() + WARM_POOL_REGRET_NS;
#if HAKMEM_TINY_WARM_LOG_COMPILED
  if (log_wanted()) {
    HAK_SITE(warm_pool_logs);
    if (__atomic_fetch_add(&g_warm_dbg_logs, 1, __ATOMIC_RELAXED) < LOGS_MAX)
      hak_print("hakmem: warm pool: refill from a warm run\n");
  }
#endif
  return s;
}

static void forget_given(uint64_t now) {
  if (now - given_start < WARM_POOL_WINDOW_NS) return;
  given[1] = now - given_start < 2 * WARM_POOL_WINDOW_NS ? given[0] : 0;
  given[0] = 0;
  given_start = now;
}

void warm_pool_gave(size_t bytes) {
  forget_given(hak_clock_coarse_ns());
  given[0] += bytes;
}

void warm_pool_missed(size_t bytes) {
  if (given[0] + given[1] == 0) return;
  uint64_t now = hak_clock_coarse_ns();
  forget_given(now);
  if (given[0] + given[1] < bytes) return;
  size_t older = given[1] < bytes ? given[1] : bytes;
  given[1] -= older;
  given[0] -= bytes - older;
  if (now >= regret_end) regretted = 0;
  regretted += WARM_POOL_REGRET_TIMES * bytes;
  if (regretted > WARM_POOL_REGRET_MAX) regretted = WARM_POOL_REGRET_MAX;
  regret_end = now + WARM_POOL_REGRET_NS;
}

void warm_pool_forget(void) { regretted = given[0] = given[1] = 0; }

/* Half of what is handed out, within the bounds, or what was regretted. */
static size_t most_bytes(size_t live) {
  live /= 2;
  if (live < WARM_POOL_BYTES_MIN) live = WARM_POOL_BYTES_MIN;
  if (live > WARM_POOL_BYTES_MAX) live = WARM_POOL_BYTES_MAX;
  return live > regretted ? live : regretted;
}

bool warm_pool_over(size_t live) { return warm_bytes > most_bytes(live); }

bool warm_pool_keep(struct hak_slab *s, unsigned c, size_t live) {
  size_t bytes = (size_t)s->run_slabs << HAK_SLAB_SHIFT;
  struct warm_list *l = &warm[c];
  if (warm_bytes == 0) {
    uint64_t now = hak_clock_coarse_ns();
    if (now >= regret_end) regretted = 0;
    __atomic_store_n(&window_end, now + WARM_POOL_WINDOW_NS, __ATOMIC_RELAXED);
  }
  if (warm_bytes + bytes > most_bytes(live)) return false;
  s->warm_class = (uint8_t)c;
  s->prev = NULL;
  s->next = l->head;
  if (l->head != NULL) l->head->prev = s;
  else l->tail = s;
  l->head = s;
  l->count++;
  length_of(s)->count++;
  __atomic_store_n(&warm_bytes, warm_bytes + bytes, __ATOMIC_RELAXED);
#if HAKMEM_TINY_WARM_LOG_COMPILED
  if (log_wanted()) {
    HAK_SITE(warm_pool_logs);
    if (__atomic_fetch_add(&g_warm_rel_logs, 1, __ATOMIC_RELAXED) < LOGS_MAX)
      hak_print("hakmem: warm pool: kept an empty run\n");
  }
#endif
  return true;
}

bool warm_pool_due(void) {
  if (__atomic_load_n(&warm_bytes, __ATOMIC_RELAXED) == 0) return false;
  return __atomic_load_n(&pending, __ATOMIC_RELAXED) ||
         hak_clock_coarse_ns() >= __atomic_load_n(&window_end, __ATOMIC_RELAXED);
}

struct hak_slab *warm_pool_expired(void) {
  uint64_t now = hak_clock_coarse_ns();
  if (now >= window_end) {
    if (now >= regret_end) regretted = 0;
    for (unsigned k = 0; k < LENGTHS; k++) {
      of_length[k].expired = of_length[k].low;
      of_length[k].low = of_length[k].count;
    }
    __atomic_store_n(&window_end, now + WARM_POOL_WINDOW_NS, __ATOMIC_RELAXED);
  }
  for (unsigned k = 0; k < LENGTHS; k++)
    if (of_length[k].expired > 0) {
      of_length[k].expired--;
      __atomic_store_n(&pending, true, __ATOMIC_RELAXED);
      return unlink_run(longest(1u << k)->tail);
    }
  __atomic_store_n(&pending, false, __ATOMIC_RELAXED);
  return NULL;
}

struct hak_slab *warm_pool_drain(void) {
  for (unsigned k = 0; k < LENGTHS; k++)
    if (of_length[k].count > 0) return unlink_run(longest(1u << k)->tail);
  return NULL;
}

struct hak_slab *warm_pool_shed(unsigned spare_slabs) {
  unsigned best = LENGTHS;
  for (unsigned k = 0; k < LENGTHS; k++)
    if (1u << k != spare_slabs && of_length[k].count != 0 &&
        (best == LENGTHS || of_length[k].count << k > of_length[best].count << best))
      best = k;
  return best < LENGTHS ? unlink_run(longest(1u << best)->tail) : warm_pool_drain();
}

size_t warm_pool_bytes(void) { return __atomic_load_n(&warm_bytes, __ATOMIC_RELAXED); }

#if HAKMEM_CHECKS
void warm_pool_check(void) {
  size_t bytes = 0;
  uint32_t runs[LENGTHS] = { 0 };
  for (unsigned c = 0; c < HAK_RUN_CLASSES; c++) {
    uint32_t count = 0;
    const struct hak_slab *last = NULL;
    for (const struct hak_slab *s = warm[c].head; s != NULL; last = s, s = s->next, count++) {
      if (s->warm_class != c || s->run_slabs != hak_run_slabs(c) || arena_class_of(arena_start(s)) != 0)
        hak_panic("check: a warm run is handed out", s);
      if (s->prev != last) hak_panic("check: the warm pool's list is broken", s);
      bytes += (size_t)s->run_slabs << HAK_SLAB_SHIFT;
      runs[__builtin_ctz(s->run_slabs)]++;
    }
    if (warm[c].tail != last || warm[c].count != count) hak_panic("check: the warm pool's counts are wrong", NULL);
  }
  for (unsigned k = 0; k < LENGTHS; k++)
    if (of_length[k].count != runs[k] || of_length[k].low > runs[k] || of_length[k].expired > runs[k])
      hak_panic("check: the warm pool's counts are wrong", NULL);
  if (bytes != warm_bytes || bytes > WARM_POOL_REGRET_MAX) hak_panic("check: the warm pool's bytes are wrong", NULL);
}
#endif
