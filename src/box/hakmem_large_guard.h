/* SPDX-License-Identifier: MIT */
/* hakmem_large_guard.h: what a hardened build does around a large block; part of hakmem_large.c,
 * which owns struct mapping and the lock that all of this is called under (but for guard_map).
 *
 *   | guard page | zero | block | zero, less than the alignment | guard page |
 *
 * The block ends as close to the guard page as its alignment allows, so that an overflow traps;
 * the zero bytes around it are looked at when it is freed. A freed mapping is forbidden as a
 * whole and its address space kept for a while: a late access traps, a second free is known. */
#ifndef HAKMEM_LARGE_GUARD_H
#define HAKMEM_LARGE_GUARD_H

#include "box/hardened_box.h"
#include "os/madvise_guard_box.h"

/* Address space of freed mappings, at most; it has no pages. */
enum { RETIRED_MAX = 64 };
static const size_t retired_bytes_max = (size_t)1 << 30;

static struct mapping retired[RETIRED_MAX]; /* the oldest first */
static unsigned retired_count;
static size_t retired_bytes;

static size_t mapping_usable(const struct mapping *m) { return m->asked; }

/* False with errno ENOMEM. */
static bool guard_map(size_t size, size_t alignment, struct mapping *m) {
  if (size == 0) size = 1; /* with an alignment; no size means "no block" elsewhere */
  size_t area = (size + alignment - 1 + PAGE) & ~(size_t)(PAGE - 1); /* the caller made sure that it fits */
  m->bytes = m->used = area + 2 * PAGE;
  m->asked = size;
  m->start = (uintptr_t)ss_os_map(m->bytes);
  if (m->start == 0) return false;
  uintptr_t end = m->start + PAGE + area;
  if (!ss_os_forbid((void *)m->start, PAGE) || !ss_os_forbid((void *)end, PAGE)) {
    ss_os_unmap((void *)m->start, m->bytes);
    errno = ENOMEM;
    return false;
  }
  m->block = (end - size) & ~(uintptr_t)(alignment - 1);
  return true;
}

static void guard_check(const struct mapping *m) {
  uintptr_t first = m->start + PAGE, end = m->start + m->bytes - PAGE;
  hardened_require_zero((void *)first, m->block - first, "bytes before the block were overwritten", (void *)m->block);
  hardened_require_zero((void *)(m->block + m->asked), end - (m->block + m->asked),
                        "bytes behind the block were overwritten", (void *)m->block);
}

static bool guard_retired(uintptr_t block) {
  for (unsigned i = 0; i < retired_count; i++)
    if (retired[i].block == block) return true;
  return false;
}

/* Keeps the mapping's address space; what has to leave for it, to be unmapped, goes to gone (room
 * for GONE_MAX + 1); their count. */
static unsigned guard_retire(const struct mapping *m, struct mapping *gone) {
  unsigned n = 0;
  if (m->bytes > retired_bytes_max / 4 || !ss_os_forbid((void *)m->start, m->bytes)) {
    gone[n++] = *m;
    return n;
  }
  madvise_guard_release((void *)m->start, m->bytes);
  while (n < GONE_MAX &&
         (retired_count == RETIRED_MAX || (retired_count > 0 && retired_bytes + m->bytes > retired_bytes_max))) {
    gone[n++] = retired[0];
    retired_bytes -= retired[0].bytes;
    memmove(&retired[0], &retired[1], --retired_count * sizeof retired[0]);
  }
  if (retired_count == RETIRED_MAX) {
    gone[n++] = *m;
    return n;
  }
  retired[retired_count++] = *m;
  retired_bytes += m->bytes;
  return n;
}

#endif
