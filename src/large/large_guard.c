/* SPDX-License-Identifier: MIT */
/* large_guard.c: see large_guard.h. */
#include "large/large_guard.h"

#if HAKMEM_HARDENED_COMPILED
# include <string.h>

# include "os/hak_require_zero.h"
# include "os/os_memory.h"

/* Address space of freed mappings, at most; it has no pages. */
enum { RETIRED_MAX = 64 };
static const size_t retired_bytes_max = (size_t)1 << 30;

static struct mapping retired[RETIRED_MAX]; /* the oldest first */
static unsigned retired_count;
static size_t retired_bytes;

/* A process may have some 65530 mappings, and a block between guard pages takes two of them: so many
 * blocks have guard pages that trap, further ones such that are looked at when the block is freed. */
enum { GUARDED_MAX = 8192 };

/* Of the block and what its alignment may leave over; the caller made sure that it fits. */
static size_t area_of(size_t size, size_t alignment) {
  return ((size != 0 ? size : 1) + alignment - 1 + PAGE) & ~(size_t)(PAGE - 1);
}

size_t guard_bytes(size_t size, size_t alignment) { return area_of(size, alignment) + 2 * PAGE; }

void guard_lay_out(size_t size, size_t alignment, size_t live, struct mapping *m) {
  if (size == 0) size = 1; /* with an alignment; no size means "no block" elsewhere */
  size_t area = area_of(size, alignment);
  m->asked = size;
  uintptr_t end = m->start + PAGE + area;
  m->block = (end - size) & ~(uintptr_t)(alignment - 1);
  if (alignment > PAGE) { /* what the alignment leaves over goes back: only a page on each side is watched */
    uintptr_t first = (m->block & ~(uintptr_t)(PAGE - 1)) - PAGE;
    uintptr_t behind = (m->block + size + 2 * PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    if (first > m->start) ss_os_unmap((void *)m->start, first - m->start);
    if (m->start + m->bytes > behind) ss_os_unmap((void *)behind, m->start + m->bytes - behind);
    m->start = first;
    m->bytes = behind - first;
    end = behind - PAGE;
  }
  m->used = end + PAGE - m->start; /* an address of before may have more behind it */
  if (live < GUARDED_MAX && ss_os_forbid((void *)m->start, PAGE)) ss_os_forbid((void *)end, PAGE);
}

void guard_check(const struct mapping *m) {
  uintptr_t first = m->start + PAGE, end = m->start + m->used - PAGE;
  hak_require_zero((void *)first, m->block - first, "bytes before the block were overwritten", (void *)m->block);
  hak_require_zero((void *)(m->block + m->asked), end - (m->block + m->asked),
                   "bytes behind the block were overwritten", (void *)m->block);
}

bool guard_map_room(size_t size, struct mapping *m) {
  size_t area = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
  m->bytes = 2 * area + 2 * PAGE;
  m->start = (uintptr_t)ss_os_reserve(m->bytes);
  if (m->start == 0) return false;
  m->block = m->start + PAGE;
  m->asked = size;
  m->used = area + 2 * PAGE;
  if (ss_os_allow((void *)m->block, area)) return true;
  ss_os_unmap((void *)m->start, m->bytes);
  return false;
}

bool guard_resize(struct mapping *m, size_t size) {
  uintptr_t end = m->start + m->used - PAGE, wanted = (m->block + size + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
  if (wanted + PAGE > m->start + m->bytes || (m->bytes == m->used && wanted != end)) return false;
  guard_check(m);
  if (wanted > end && !ss_os_allow((void *)end, wanted - end)) return false;
  if (wanted < end && !ss_os_forbid((void *)wanted, end - wanted)) return false;
  if (size < m->asked) {
    uintptr_t to = m->block + m->asked < wanted ? m->block + m->asked : wanted;
    memset((void *)(m->block + size), 0, to - (m->block + size));
  }
  m->asked = size;
  m->used = wanted + PAGE - m->start;
  return true;
}

bool guard_retired(uintptr_t block) {
  for (unsigned i = 0; i < retired_count; i++)
    if (retired[i].block == block) return true;
  return false;
}

unsigned guard_retire(const struct mapping *m, struct mapping *gone) {
  unsigned n = 0;
  if (m->bytes > retired_bytes_max / 4 || !ss_os_forbid((void *)m->start, m->bytes)) {
    gone[n++] = *m;
    return n;
  }
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

unsigned guard_give_up(struct mapping *gone) {
  unsigned n = 0;
  while (n < GONE_MAX && retired_count > 0) {
    gone[n++] = retired[--retired_count];
    retired_bytes -= retired[retired_count].bytes;
  }
  return n;
}

#else
typedef int large_guard_is_compiled_out; /* a translation unit must not be empty */
#endif
