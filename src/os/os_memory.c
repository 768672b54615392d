/* SPDX-License-Identifier: MIT */
/* os_memory.c: see os_memory.h. */
#include "os/os_memory.h"

#include <errno.h>
#include <sys/mman.h>

#include "os/hak_panic.h"
#include "probes/hakmem_site.h"

#if HAKMEM_SS_OS_STATS_COMPILED
struct ss_os_stats g_ss_os_stats;
#endif

uint64_t ss_os_fail_countdown;

static bool injected_failure(void) {
  if (likely(__atomic_load_n(&ss_os_fail_countdown, __ATOMIC_RELAXED) == 0)) return false;
  if (__atomic_load_n(&ss_os_fail_countdown, __ATOMIC_RELAXED) != SS_OS_FAIL_ALL &&
      __atomic_sub_fetch(&ss_os_fail_countdown, 1, __ATOMIC_RELAXED) != 0)
    return false;
  errno = ENOMEM;
  return true;
}

void *ss_os_reserve(size_t bytes) {
  if (injected_failure()) return NULL;
#if HAKMEM_SS_OS_STATS_COMPILED
  HAK_SITE(ss_os_stats);
  __atomic_fetch_add(&g_ss_os_stats.alloc_calls, 1, __ATOMIC_RELAXED);
#endif
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

void *ss_os_reserve_untouchable(size_t bytes) {
  if (injected_failure()) return NULL;
#if HAKMEM_SS_OS_STATS_COMPILED
  HAK_SITE(ss_os_stats);
  __atomic_fetch_add(&g_ss_os_stats.alloc_calls, 1, __ATOMIC_RELAXED);
#endif
  void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

bool ss_os_forbid(void *start, size_t bytes) { return !injected_failure() && mprotect(start, bytes, PROT_NONE) == 0; }

bool ss_os_allow(void *start, size_t bytes) {
  return !injected_failure() && mprotect(start, bytes, PROT_READ | PROT_WRITE) == 0;
}

void *ss_os_map(size_t bytes) {
  if (injected_failure()) return NULL;
#if HAKMEM_SS_OS_STATS_COMPILED
  HAK_SITE(ss_os_stats);
  __atomic_fetch_add(&g_ss_os_stats.alloc_calls, 1, __ATOMIC_RELAXED);
#endif
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    errno = ENOMEM; /* EINVAL and EAGAIN mean the same to a caller of malloc */
    return NULL;
  }
  return p;
}

void ss_os_unmap(void *start, size_t bytes) {
  int saved = errno;
#if HAKMEM_SS_OS_STATS_COMPILED
  HAK_SITE(ss_os_stats);
  __atomic_fetch_add(&g_ss_os_stats.unmap_calls, 1, __ATOMIC_RELAXED);
#endif
  /* a split mapping can exceed max_map_count: then the pages at least go back */
  if (munmap(start, bytes) != 0) madvise(start, bytes, MADV_DONTNEED);
  errno = saved;
}

void *ss_os_remap(void *start, size_t old_bytes, size_t new_bytes) {
  if (injected_failure()) return NULL;
#if HAKMEM_SS_OS_STATS_COMPILED
  HAK_SITE(ss_os_stats);
  __atomic_fetch_add(&g_ss_os_stats.remap_calls, 1, __ATOMIC_RELAXED);
#endif
  void *p = mremap(start, old_bytes, new_bytes, MREMAP_MAYMOVE);
  return p == MAP_FAILED ? NULL : p;
}

bool ss_os_residency(void *start, size_t bytes, unsigned char *resident) {
  int saved = errno;
  bool known = mincore(start, bytes, resident) == 0;
  errno = saved;
  return known;
}

bool ss_os_resident(void *page) {
  unsigned char is;
  return !ss_os_residency(page, 1, &is) || (is & 1) != 0;
}

void ss_os_stats_print(void) {
#if HAKMEM_SS_OS_STATS_COMPILED
  hak_print("ss-os-stats: maps ");
  hak_print_u64(__atomic_load_n(&g_ss_os_stats.alloc_calls, __ATOMIC_RELAXED));
  hak_print(" unmaps ");
  hak_print_u64(__atomic_load_n(&g_ss_os_stats.unmap_calls, __ATOMIC_RELAXED));
  hak_print(" remaps ");
  hak_print_u64(__atomic_load_n(&g_ss_os_stats.remap_calls, __ATOMIC_RELAXED));
  hak_print(" madvises ");
  hak_print_u64(__atomic_load_n(&g_ss_os_stats.madvise_calls, __ATOMIC_RELAXED));
  hak_print("\n");
#endif
}
