/* SPDX-License-Identifier: MIT */
/* hak_lock.h: the lock of cold paths: one word, no allocation, safe before libc is ready.
 * A futex puts waiters to sleep, so that a preempted holder does not cost a time slice. */
#ifndef HAK_LOCK_H
#define HAK_LOCK_H

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hak_config.h"

/* 0 free, 1 held, 2 held and somebody waits (Drepper 2011, "Futexes are tricky", mutex 2). */
typedef struct {
  _Atomic int word;
} hak_lock_t;

static HAK_COLD __attribute__((unused)) void hak_lock_wait(hak_lock_t *l) {
  int saved = errno;
  /* acquire: what the last holder wrote is seen by us */
  while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire) != 0)
    syscall(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
  errno = saved;
}

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
  /* release: publishes what was written under the lock */
  if (unlikely(atomic_exchange_explicit(&l->word, 0, memory_order_release) == 2)) {
    int saved = errno;
    syscall(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    errno = saved;
  }
}

#endif
