/* SPDX-License-Identifier: MIT */
/* os_memory.c: see os_memory.h. */
#include "os/os_memory.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/hak_panic.h"
#include "probes/hakmem_site.h"

/* Straight to the kernel, as libc's own malloc does: whoever puts a hook before libc's mmap may call
 * malloc in it, and gets no lock of ours twice. Sanitizers have to see the calls. */
#if !HAK_SANITIZED && (defined __x86_64__ || defined __aarch64__)
# define OS_MMAP(at, n, prot, flags) (void *)syscall(SYS_mmap, (at), (n), (prot), (flags), -1, 0L)
# define OS_MUNMAP(at, n) syscall(SYS_munmap, (at), (n))
# define OS_MREMAP(at, n, to, flags) (void *)syscall(SYS_mremap, (at), (n), (to), (flags))
# define OS_MPROTECT(at, n, prot) syscall(SYS_mprotect, (at), (n), (prot))
# define OS_MADVISE(at, n, advice) syscall(SYS_madvise, (at), (n), (advice))
#else
# define OS_MMAP(at, n, prot, flags) mmap((at), (n), (prot), (flags), -1, 0)
# define OS_MUNMAP(at, n) munmap((at), (n))
# define OS_MREMAP(at, n, to, flags) mremap((at), (n), (to), (flags))
# define OS_MPROTECT(at, n, prot) mprotect((at), (n), (prot))
# define OS_MADVISE(at, n, advice) madvise((at), (n), (advice))
#endif
/* Since Linux 4.17; an older kernel takes the address for a hint. */
#ifndef MAP_FIXED_NOREPLACE
# define MAP_FIXED_NOREPLACE 0x100000
#endif

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

#if HAKMEM_SS_OS_STATS_COMPILED
# define STATS_ADD(field, n)                                        \
  do {                                                              \
   HAK_SITE(ss_os_stats);                                           \
   __atomic_fetch_add(&g_ss_os_stats.field, (n), __ATOMIC_RELAXED); \
  } while (0)
#else
# define STATS_ADD(field, n) ((void)0)
#endif

enum { PRIVATE = MAP_PRIVATE | MAP_ANONYMOUS, SPARSE = PRIVATE | MAP_NORESERVE };

void *ss_os_reserve(size_t bytes) {
  if (injected_failure()) return NULL;
  STATS_ADD(alloc_calls, 1);
  void *p = OS_MMAP(NULL, bytes, PROT_NONE, SPARSE);
  return p == MAP_FAILED ? NULL : p;
}

/* In place of what is there: a new mapping needs no permission that mmap does not have, tells no lie,
 * and joins with its neighbours. Where it is refused (RLIMIT_AS that was set below what is mapped
 * already) the old way may do. */
bool ss_os_allow(void *start, size_t bytes) {
  if (injected_failure()) return false;
  STATS_ADD(alloc_calls, 1);
  if (OS_MMAP(start, bytes, PROT_READ | PROT_WRITE, SPARSE | MAP_FIXED) == start) return true;
  return OS_MPROTECT(start, bytes, PROT_READ | PROT_WRITE) == 0;
}

bool ss_os_take(void *start, size_t bytes) {
  if (injected_failure()) return false;
  STATS_ADD(alloc_calls, 1);
  void *p = OS_MMAP(start, bytes, PROT_READ | PROT_WRITE, SPARSE | MAP_FIXED_NOREPLACE);
  if (p == start) return true;
  if (p != MAP_FAILED) OS_MUNMAP(p, bytes);
  return false;
}

bool ss_os_forbid(void *start, size_t bytes) {
  if (injected_failure()) return false;
  STATS_ADD(alloc_calls, 1);
  if (OS_MMAP(start, bytes, PROT_NONE, SPARSE | MAP_FIXED) == start) return true;
  return OS_MPROTECT(start, bytes, PROT_NONE) == 0;
}

bool ss_os_clear(void *start, size_t bytes, bool reserved) {
  STATS_ADD(madvise_calls, 1);
  STATS_ADD(madvise_bytes, bytes);
  /* with the flags of its neighbours: so it joins with them */
  return OS_MMAP(start, bytes, PROT_READ | PROT_WRITE, (reserved ? SPARSE : PRIVATE) | MAP_FIXED) == start;
}

void *ss_os_map(size_t bytes) {
  if (injected_failure()) return NULL;
  STATS_ADD(alloc_calls, 1);
  void *p = OS_MMAP(NULL, bytes, PROT_READ | PROT_WRITE, PRIVATE);
  if (p == MAP_FAILED) {
    errno = ENOMEM; /* EINVAL and EAGAIN mean the same to a caller of malloc */
    return NULL;
  }
  return p;
}

bool ss_os_unmap(void *start, size_t bytes) {
  int saved = errno;
  STATS_ADD(unmap_calls, 1);
  bool gone = OS_MUNMAP(start, bytes) == 0;
  /* a split mapping can exceed max_map_count: then the pages at least go back */
  if (!gone && !ss_os_clear(start, bytes, false)) OS_MADVISE(start, bytes, MADV_DONTNEED);
  errno = saved;
  return gone;
}

void *ss_os_remap(void *start, size_t old_bytes, size_t new_bytes) {
  if (injected_failure()) return NULL;
  STATS_ADD(remap_calls, 1);
  void *p = OS_MREMAP(start, old_bytes, new_bytes, MREMAP_MAYMOVE);
  return p == MAP_FAILED ? NULL : p;
}

static bool locks_future;

bool ss_os_locks_future(void) { return __atomic_load_n(&locks_future, __ATOMIC_RELAXED); }

/* libc's, but for the note: where all that is mapped becomes resident at once, room for later is not
 * for nothing, and no other way to know it is free of system calls that a filter may forbid. */
HAK_EXPORT int mlockall(int flags) {
  long rc = syscall(SYS_mlockall, flags);
  if (rc == 0) __atomic_store_n(&locks_future, (flags & MCL_FUTURE) != 0, __ATOMIC_RELAXED);
  return (int)rc;
}

HAK_EXPORT int munlockall(void) {
  long rc = syscall(SYS_munlockall);
  if (rc == 0) __atomic_store_n(&locks_future, false, __ATOMIC_RELAXED);
  return (int)rc;
}

static size_t limit_of(__rlimit_resource_t resource) {
  struct rlimit limit;
  return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? (size_t)limit.rlim_cur : SIZE_MAX;
}

size_t ss_os_limit(void) {
  int saved = errno;
  size_t space = limit_of(RLIMIT_AS), data = limit_of(RLIMIT_DATA);
  errno = saved;
  return space < data ? space : data;
}

bool ss_os_maps_full(void) {
  if (ss_os_limit() != SIZE_MAX) return false;
  int saved = errno;
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void *p = OS_MMAP(NULL, page, PROT_NONE, SPARSE); /* no memory is promised for it */
  if (p != MAP_FAILED) OS_MUNMAP(p, page);
  errno = saved;
  return p == MAP_FAILED;
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
