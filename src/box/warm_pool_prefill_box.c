/* SPDX-License-Identifier: MIT */
/* warm_pool_prefill_box.c: see warm_pool_prefill_box.h. */
#include "box/warm_pool_prefill_box.h"

#include <time.h>

#include "box/superslab.h"
#include "os/hak_env.h"
#include "os/hak_panic.h"
#include "probes/hakmem_site.h"

enum { LENGTHS = 4 }; /* 1, 2, 4, 8 slabs */

/* Taken from the head, expired from the tail: linked through next and prev of the run. */
static struct warm_list {
  struct hak_slab *head, *tail;
  uint32_t count, low;  /* low: the least count in this window */
  uint32_t expired;     /* runs at the tail that go back */
} warm[LENGTHS];
static size_t warm_bytes;
static bool pending;        /* some run is expired */
static uint64_t window_end; /* ns of the coarse clock; written under the arena's lock */

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

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &t); /* no system call */
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void unlink_run(struct warm_list *l, struct hak_slab *s) {
  if (s->prev != NULL) s->prev->next = s->next;
  else l->head = s->next;
  if (s->next != NULL) s->next->prev = s->prev;
  else l->tail = s->prev;
  s->next = s->prev = NULL;
  l->count--;
  if (l->count < l->low) l->low = l->count;
  if (l->count < l->expired) l->expired = l->count;
  __atomic_store_n(&warm_bytes, warm_bytes - ((size_t)s->run_slabs << HAK_SLAB_SHIFT), __ATOMIC_RELAXED);
}

struct hak_slab *warm_pool_take(unsigned slabs) {
  struct warm_list *l = &warm[__builtin_ctz(slabs)];
  struct hak_slab *s = l->head;
  if (s == NULL) return NULL;
  unlink_run(l, s);
#if HAKMEM_TINY_WARM_LOG_COMPILED
  if (log_wanted()) {
    HAK_SITE(warm_pool_logs);
    if (__atomic_fetch_add(&g_warm_dbg_logs, 1, __ATOMIC_RELAXED) < LOGS_MAX) hak_print("hakmem: warm pool: refill from a warm run\n");
  }
#endif
  return s;
}

/* Half of what is handed out, within the bounds. */
static size_t most_bytes(size_t live) {
  live /= 2;
  return live < WARM_POOL_BYTES_MIN ? WARM_POOL_BYTES_MIN : live > WARM_POOL_BYTES_MAX ? WARM_POOL_BYTES_MAX : live;
}

bool warm_pool_over(size_t live) { return warm_bytes > most_bytes(live); }

bool warm_pool_keep(struct hak_slab *s, size_t live) {
  size_t bytes = (size_t)s->run_slabs << HAK_SLAB_SHIFT;
  struct warm_list *l = &warm[__builtin_ctz(s->run_slabs)];
  if (warm_bytes + bytes > most_bytes(live)) return false;
  if (warm_bytes == 0) __atomic_store_n(&window_end, now_ns() + WARM_POOL_WINDOW_NS, __ATOMIC_RELAXED);
  s->prev = NULL;
  s->next = l->head;
  if (l->head != NULL) l->head->prev = s;
  else l->tail = s;
  l->head = s;
  l->count++;
  __atomic_store_n(&warm_bytes, warm_bytes + bytes, __ATOMIC_RELAXED);
#if HAKMEM_TINY_WARM_LOG_COMPILED
  if (log_wanted()) {
    HAK_SITE(warm_pool_logs);
    if (__atomic_fetch_add(&g_warm_rel_logs, 1, __ATOMIC_RELAXED) < LOGS_MAX) hak_print("hakmem: warm pool: kept an empty run\n");
  }
#endif
  return true;
}

bool warm_pool_due(void) {
  if (__atomic_load_n(&warm_bytes, __ATOMIC_RELAXED) == 0) return false;
  return __atomic_load_n(&pending, __ATOMIC_RELAXED) || now_ns() >= __atomic_load_n(&window_end, __ATOMIC_RELAXED);
}

struct hak_slab *warm_pool_expired(void) {
  uint64_t now = now_ns();
  if (now >= window_end) {
    for (unsigned k = 0; k < LENGTHS; k++) {
      warm[k].expired = warm[k].low;
      warm[k].low = warm[k].count;
    }
    __atomic_store_n(&window_end, now + WARM_POOL_WINDOW_NS, __ATOMIC_RELAXED);
  }
  for (unsigned k = 0; k < LENGTHS; k++)
    if (warm[k].expired > 0) {
      struct hak_slab *s = warm[k].tail;
      warm[k].expired--;
      unlink_run(&warm[k], s);
      __atomic_store_n(&pending, true, __ATOMIC_RELAXED);
      return s;
    }
  __atomic_store_n(&pending, false, __ATOMIC_RELAXED);
  return NULL;
}

struct hak_slab *warm_pool_drain(void) {
  for (unsigned k = 0; k < LENGTHS; k++) {
    struct hak_slab *s = warm[k].tail;
    if (s == NULL) continue;
    unlink_run(&warm[k], s);
    return s;
  }
  return NULL;
}

#if HAKMEM_CHECKS
void warm_pool_check(void) {
  size_t bytes = 0;
  for (unsigned k = 0; k < LENGTHS; k++) {
    uint32_t count = 0;
    const struct hak_slab *last = NULL;
    for (const struct hak_slab *s = warm[k].head; s != NULL; last = s, s = s->next, count++) {
      if (s->run_slabs != 1u << k || superslab_class_of(superslab_start(s)) != 0) hak_panic("check: a warm run is handed out", s);
      if (s->prev != last) hak_panic("check: the warm pool's list is broken", s);
      bytes += (size_t)s->run_slabs << HAK_SLAB_SHIFT;
    }
    if (warm[k].tail != last || warm[k].count != count || warm[k].low > count || warm[k].expired > count)
      hak_panic("check: the warm pool's counts are wrong", NULL);
  }
  if (bytes != warm_bytes || bytes > WARM_POOL_BYTES_MAX) hak_panic("check: the warm pool's bytes are wrong", NULL);
}
#endif
