/* SPDX-License-Identifier: MIT */
/* os_memory.h: every system call for memory passes here. Owns mmap, munmap and
 * mremap with their counters (gate ss-os-stats); knows nothing of slabs. Keeps errno except where it
 * reports failure.
 *
 * mmap and munmap do nearly everything, because every program is allowed them: filters of system calls
 * (seccomp) kill for mincore, and others fail or lie. mremap is tried where libc's malloc tries it,
 * mprotect and madvise only where mmap was refused. */
#ifndef OS_MEMORY_H
#define OS_MEMORY_H

#include "base/hak_config.h"

/* Address space that traps at any access; NULL with errno on refusal. */
HAK_INTERNAL void *ss_os_reserve(size_t bytes);
/* Whole pages of such a reservation: from now on zero, without memory behind them until touched; false
 * with errno where the kernel refuses. */
HAK_INTERNAL bool ss_os_allow(void *start, size_t bytes);
/* The same at an address where nothing is mapped; false where something is. */
HAK_INTERNAL bool ss_os_take(void *start, size_t bytes);
/* Whole pages of a mapping: their memory goes back, and from now on any access traps; false with
 * errno where the kernel refuses (then they may be as before). */
HAK_INTERNAL bool ss_os_forbid(void *start, size_t bytes);
/* Whole pages of a mapping, of ss_os_reserve (reserved) or ss_os_map: zero again, without memory behind
 * them; false where the kernel refuses, and then they are as before. May change errno. */
HAK_INTERNAL bool ss_os_clear(void *start, size_t bytes, bool reserved);
/* Zeroed memory, NULL with errno ENOMEM on refusal. */
HAK_INTERNAL void *ss_os_map(size_t bytes);
/* False where the kernel refuses (too many mappings): the range stays ours, its pages are given back. */
HAK_INTERNAL bool ss_os_unmap(void *start, size_t bytes);
/* Moves or grows a mapping of ss_os_map; NULL where the kernel refuses. */
HAK_INTERNAL void *ss_os_remap(void *start, size_t old_bytes, size_t new_bytes);
/* Whether the program asked for all that is mapped to be resident at once (mlockall). */
HAK_INTERNAL bool ss_os_locks_future(void);
/* The least of what the process may map (RLIMIT_AS, RLIMIT_DATA), SIZE_MAX for no limit. */
HAK_INTERNAL size_t ss_os_limit(void);
/* Whether not even a page of addresses can be had although no limit on them is set: mappings ran out, and addresses
 * that are given up now do not come back. */
HAK_INTERNAL bool ss_os_maps_full(void);
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
