/* SPDX-License-Identifier: MIT */
/* madvise_guard.c: see madvise_guard.h. */
#include "os/madvise_guard.h"

#include <errno.h>
#include <sys/mman.h>

#include "os/os_memory.h"
#include "probes/hakmem_site.h"

bool madvise_guard_release(void *start, size_t bytes) {
  int saved = errno;
#if HAKMEM_SS_OS_STATS_COMPILED
  HAK_SITE(ss_os_stats);
  __atomic_fetch_add(&g_ss_os_stats.madvise_calls, 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&g_ss_os_stats.madvise_bytes, bytes, __ATOMIC_RELAXED);
#endif
  bool gone = madvise(start, bytes, MADV_DONTNEED) == 0;
  errno = saved;
  return gone;
}
