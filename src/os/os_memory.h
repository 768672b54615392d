/* SPDX-License-Identifier: MIT */
/* os_memory.h: every system call for memory passes here. Owns mmap, munmap, mremap,
 * mincore and madvise with their counters (gate ss-os-stats); knows nothing of slabs. Keeps errno
 * except where it reports failure. */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include "base/hak_config.h"

/* Address space without memory behind it until touched; NULL with errno on refusal. */
HAK_INTERNAL void *ss_os_reserve(size_t bytes);
/* The same, but any access to it traps. */
HAK_INTERNAL void *ss_os_reserve_untouchable(size_t bytes);
/* Whole pages of a mapping: from now on any access traps; false with errno where the kernel
 * refuses. */
HAK_INTERNAL bool ss_os_forbid(void *start, size_t bytes);
/* Whole pages of such a reservation: from now on they are as ss_os_reserve gives them; false with
 * errno where the kernel refuses. */
HAK_INTERNAL bool ss_os_allow(void *start, size_t bytes);
/* Zeroed memory, NULL with errno ENOMEM on refusal. */
HAK_INTERNAL void *ss_os_map(size_t bytes);
HAK_INTERNAL void ss_os_unmap(void *start, size_t bytes);
/* Moves or grows a mapping of ss_os_map; NULL where the kernel refuses. */
HAK_INTERNAL void *ss_os_remap(void *start, size_t old_bytes, size_t new_bytes);
/* For each page of the range a byte, whose lowest bit says whether it has memory behind it, as
 * mincore(2) does; false where the kernel does not say. */
HAK_INTERNAL bool ss_os_residency(void *start, size_t bytes, unsigned char *resident);
/* Whether the page at this address has memory behind it; also true where the kernel does not say. */
HAK_INTERNAL bool ss_os_resident(void *page);
HAK_INTERNAL void ss_os_stats_print(void);

/* A test's hook: the n-th coming request fails with ENOMEM; 0 for none,
 * SS_OS_FAIL_ALL for each. Read on the cold path only. */
#define SS_OS_FAIL_ALL UINT64_MAX
HAK_INTERNAL extern uint64_t ss_os_fail_countdown;

#if HAKMEM_SS_OS_STATS_COMPILED
struct ss_os_stats {
  uint64_t alloc_calls, unmap_calls, remap_calls, madvise_calls, madvise_bytes;
};
extern HAK_EXPORT struct ss_os_stats g_ss_os_stats;
#endif

#endif
