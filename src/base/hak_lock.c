/* SPDX-License-Identifier: MIT */
/* hak_lock.c: see hak_lock.h. What is done where a lock is not free, or is waited for. */
#include "base/hak_lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

_Atomic uintptr_t hak_lock_forker;

void hak_lock_fork(bool begins) {
  /* relaxed: only the thread itself acts on what it wrote */
  atomic_store_explicit(&hak_lock_forker, begins ? (uintptr_t)pthread_self() : 0, memory_order_relaxed);
}

bool hak_lock_forks(void) {
  return atomic_load_explicit(&hak_lock_forker, memory_order_relaxed) == (uintptr_t)pthread_self();
}

void hak_lock_wait(hak_lock_t *l) {
  if (hak_lock_forks()) return; /* held by this very thread */
  int saved = errno;
  /* acquire: what the last holder wrote is seen by us */
  while (atomic_exchange_explicit(&l->word, 2, memory_order_acquire) != 0)
    syscall(SYS_futex, &l->word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
  errno = saved;
}

void hak_lock_wake(hak_lock_t *l) {
  int saved = errno;
  syscall(SYS_futex, &l->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
  errno = saved;
}
