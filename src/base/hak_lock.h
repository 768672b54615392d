/* SPDX-License-Identifier: MIT */
/* hak_lock.h: the lock of cold paths: one word, no allocation, safe before libc is ready.
 * A futex puts waiters to sleep, so that a preempted holder does not cost a time slice.
 *
 * Around fork one thread holds all locks, and fork handlers of others, before or after ours, may allocate
 * in it: to that thread each lock is free, and stays held when it is let go. */
#ifndef HAK_LOCK_H
#define HAK_LOCK_H

#include <stdatomic.h>

#include "base/hak_config.h"

/* 0 free, 1 held, 2 held and somebody waits (Drepper 2011, "Futexes are tricky", mutex 2). */
typedef struct {
  _Atomic int word;
} hak_lock_t;

/* The thread that holds all locks because it forks, 0 for none. */
HAK_INTERNAL extern _Atomic uintptr_t hak_lock_forker;
/* The calling thread holds all locks now, until false is said. */
HAK_INTERNAL void hak_lock_fork(bool begins);
HAK_INTERNAL HAK_COLD bool hak_lock_forks(void);
HAK_INTERNAL HAK_COLD void hak_lock_wait(hak_lock_t *l);
HAK_INTERNAL HAK_COLD void hak_lock_wake(hak_lock_t *l);

HAK_INLINE void hak_lock(hak_lock_t *l) {
  int expected = 0;
  if (unlikely(
          !atomic_compare_exchange_strong_explicit(&l->word, &expected, 1, memory_order_acquire, memory_order_relaxed)))
    hak_lock_wait(l);
}

HAK_INLINE bool hak_trylock(hak_lock_t *l) {
  int expected = 0;
  return atomic_compare_exchange_strong_explicit(&l->word, &expected, 1, memory_order_acquire, memory_order_relaxed);
}

HAK_INLINE void hak_unlock(hak_lock_t *l) {
  /* relaxed: whoever is the forker wrote it itself */
  if (unlikely(atomic_load_explicit(&hak_lock_forker, memory_order_relaxed) != 0) && hak_lock_forks()) return;
  /* release: publishes what was written under the lock */
  if (unlikely(atomic_exchange_explicit(&l->word, 0, memory_order_release) == 2)) hak_lock_wake(l);
}

#endif
