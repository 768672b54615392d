/* SPDX-License-Identifier: MIT */
/* large_guard.c: see large_guard.h. */
#include "large/large_guard.h"

#if HAKMEM_HARDENED_COMPILED
# include <errno.h>
# include <string.h>

# include "os/hak_require_zero.h"
# include "os/madvise_guard.h"
# include "os/os_memory.h"

/* Address space of freed mappings, at most; it has no pages. */
enum { RETIRED_MAX = 64 };
static const size_t retired_bytes_max = (size_t)1 << 30;

static struct mapping retired[RETIRED_MAX]; /* the oldest first */
static unsigned retired_count;
static size_t retired_bytes;

bool guard_map(size_t size, size_t alignment, struct mapping *m) {
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

void guard_check(const struct mapping *m) {
  uintptr_t first = m->start + PAGE, end = m->start + m->bytes - PAGE;
  hak_require_zero((void *)first, m->block - first, "bytes before the block were overwritten", (void *)m->block);
  hak_require_zero((void *)(m->block + m->asked), end - (m->block + m->asked),
                   "bytes behind the block were overwritten", (void *)m->block);
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

#else
typedef int large_guard_is_compiled_out; /* a translation unit must not be empty */
#endif
