/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perf_group.c: see perf_group.h. */
#include "harness/runner/perf_group.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_event(const struct perf_event_id *id, pid_t pid, int leader_fd, unsigned flags) {
  struct perf_event_attr a;
  memset(&a, 0, sizeof a);
  a.size = sizeof a;
  a.type = id->type;
  a.config = id->config;
  a.config1 = id->config1;
  a.config2 = id->config2;
  a.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  a.disabled = leader_fd < 0;
  a.exclude_kernel = !(flags & PERF_GROUP_KERNEL);
  a.exclude_hv = 1;
  a.pinned = leader_fd < 0 && (flags & PERF_GROUP_PINNED);
#if defined __aarch64__
  /* arm64 gives user space access to the counter only where it was asked for (bit 1); the
   * kernel refuses the bit when perf_user_access is 0, so a second try goes without */
  if (id->type != PERF_TYPE_SOFTWARE && !(flags & PERF_GROUP_NO_RDPMC)) a.config1 |= 2;
#endif
  long fd = syscall(SYS_perf_event_open, &a, pid, -1, leader_fd, PERF_FLAG_FD_CLOEXEC);
#if defined __aarch64__
  if (fd < 0 && a.config1 != id->config1) {
    a.config1 = id->config1;
    fd = syscall(SYS_perf_event_open, &a, pid, -1, leader_fd, PERF_FLAG_FD_CLOEXEC);
  }
#endif
  return fd < 0 ? -errno : (int)fd;
}

#if defined __aarch64__
enum { ENABLE_WHILE_OPENING = 1 };
#else
enum { ENABLE_WHILE_OPENING = 0 };
#endif

int perf_group_open(struct perf_group *g, const struct perf_event_id *ids, int count, pid_t pid, unsigned flags) {
  long page_size = sysconf(_SC_PAGESIZE);
  memset(g, 0, sizeof *g);
  g->leader = -1;
  g->count = count < PERF_GROUP_MAX ? count : PERF_GROUP_MAX;
  for (int i = 0; i < PERF_GROUP_MAX; i++) g->fd[i] = g->position[i] = -1;
  g->rdpmc = !(flags & PERF_GROUP_NO_RDPMC);
  for (int i = 0; i < g->count; i++) {
    int fd = open_event(&ids[i], pid, g->leader < 0 ? -1 : g->fd[g->leader], flags);
    if (fd < 0) {
      g->error[i] = -fd;
      continue;
    }
    g->fd[i] = fd;
    g->position[i] = g->opened++;
    if (g->leader < 0) {
      g->leader = i;
      /* The arm64 driver leaves a disabled leader out when it checks whether a further event
       * fits, and takes one too many: the group would then never come onto the PMU. */
      if (ENABLE_WHILE_OPENING) perf_group_enable(g);
    }
    if (!(flags & PERF_GROUP_NO_RDPMC)) {
      void *page = mmap(NULL, (size_t)page_size, PROT_READ, MAP_SHARED, fd, 0);
      if (page != MAP_FAILED) g->page[i] = page;
    }
    const struct perf_event_mmap_page *page = g->page[i];
    if (page == NULL || !page->cap_user_rdpmc) g->rdpmc = false;
  }
  if (g->opened == 0) g->rdpmc = false;
  if (ENABLE_WHILE_OPENING) {
    perf_group_disable(g);
    perf_group_reset(g);
  }
  return g->opened;
}

void perf_group_enable(struct perf_group *g) {
  if (g->leader >= 0) ioctl(g->fd[g->leader], PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP);
}

void perf_group_disable(struct perf_group *g) {
  if (g->leader >= 0) ioctl(g->fd[g->leader], PERF_EVENT_IOC_DISABLE, PERF_IOC_FLAG_GROUP);
}

void perf_group_reset(struct perf_group *g) {
  if (g->leader >= 0) ioctl(g->fd[g->leader], PERF_EVENT_IOC_RESET, PERF_IOC_FLAG_GROUP);
}

int perf_group_read(const struct perf_group *g, struct perf_group_sample *s) {
  uint64_t buf[3 + PERF_GROUP_MAX]; /* nr, enabled, running, values */
  if (g->leader < 0) return -ENODATA;
  ssize_t n = read(g->fd[g->leader], buf, sizeof buf);
  if (n < 0) return -errno;
  /* a pinned group that lost its place reads 0 bytes */
  if (n < (ssize_t)((3 + (size_t)g->opened) * sizeof buf[0]) || buf[0] != (uint64_t)g->opened) return -EIO;
  s->enabled_ns = buf[1];
  s->running_ns = buf[2];
  for (int i = 0; i < g->count; i++) s->value[i] = g->position[i] >= 0 ? buf[3 + g->position[i]] : 0;
  return 0;
}

#if defined __x86_64__
static inline uint64_t read_pmc(uint32_t index) {
  uint32_t low, high;
  __asm__ volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(index));
  return low | (uint64_t)high << 32;
}
# define HAVE_READ_PMC 1
#elif defined __aarch64__
/* The register's number is part of the instruction. Index 31 is the cycle counter. */
static inline uint64_t read_pmc(uint32_t index) {
  uint64_t v = 0;
# define CASE(n)                                            \
 case n:                                                    \
  __asm__ volatile("mrs %0, pmevcntr" #n "_el0" : "=r"(v)); \
  break
  switch (index) {
    CASE(0);
    CASE(1);
    CASE(2);
    CASE(3);
    CASE(4);
    CASE(5);
    CASE(6);
    CASE(7);
  case 31: __asm__ volatile("mrs %0, pmccntr_el0" : "=r"(v)); break;
  default: break;
  }
# undef CASE
  return v;
}
# define HAVE_READ_PMC 1
#else
# define HAVE_READ_PMC 0
#endif

#if HAVE_READ_PMC
/* The protocol of the mapped page (linux/perf_event.h): retry while the kernel writes it;
 * index 0 means that the event is not on the PMU now. */
static inline int read_page(const struct perf_event_mmap_page *page, uint64_t *value) {
  uint32_t sequence, index;
  uint64_t v;
  do {
    sequence = __atomic_load_n(&page->lock, __ATOMIC_ACQUIRE);
    index = page->index;
    v = (uint64_t)page->offset;
# if defined __aarch64__
    if (index > 8 && index != 32) return -EAGAIN;
# endif
    if (!page->cap_user_rdpmc || index == 0) return -EAGAIN;
    /* the counter is pmc_width bits wide and signed */
    unsigned shift = 64u - page->pmc_width;
    v += (uint64_t)((int64_t)(read_pmc(index - 1) << shift) >> shift);
    __atomic_thread_fence(__ATOMIC_ACQUIRE); /* the reads above come before the second look at lock */
  } while (__atomic_load_n(&page->lock, __ATOMIC_RELAXED) != sequence);
  *value = v;
  return 0;
}
#endif

int perf_group_read_fast(const struct perf_group *g, struct perf_group_sample *s) {
#if HAVE_READ_PMC
  if (g->rdpmc) {
    for (int i = 0; i < g->count; i++) {
      if (g->position[i] < 0) continue;
      int rc = read_page(g->page[i], &s->value[i]);
      if (rc != 0) return rc;
    }
    return 0;
  }
#endif
  return perf_group_read(g, s);
}

void perf_group_close(struct perf_group *g) {
  long page_size = sysconf(_SC_PAGESIZE);
  for (int i = g->count - 1; i >= 0; i--) {
    /* the mapping holds the event: unmap first */
    if (g->page[i] != NULL) munmap(g->page[i], (size_t)page_size);
    if (g->fd[i] >= 0) close(g->fd[i]);
    g->page[i] = NULL;
    g->fd[i] = -1;
  }
  g->opened = 0;
  g->leader = -1;
}
