/* SPDX-License-Identifier: MIT */
/* large.c: see large.h. */
#include "large/large.h"

#include <errno.h>
#include <string.h>

#include "base/hak_lock.h"
#include "large/large_guard.h"
#include "large/large_kept.h"
#include "os/hak_panic.h"
#include "os/madvise_guard.h"
#include "os/os_memory.h"

static hak_lock_t large_lock;
static struct mapping *table; /* open addressing, linear probing */
static size_t table_size, table_filled, live_count, live_bytes;

#if HAKMEM_HARDENED_COMPILED
static size_t mapping_usable(const struct mapping *m) { return m->asked; }
#else
static size_t mapping_usable(const struct mapping *m) { return m->start + m->used - m->block; }

static void mapping_use(struct mapping *m, size_t bytes) {
  m->used = bytes;
  if (m->warm >= bytes) return;
  m->warm = bytes;
  m->dense = false; /* not known of what is new */
}
#endif

static size_t slot_of(uintptr_t block) {
  return (size_t)((block >> 12) * 0x9e3779b97f4a7c15u >> 20) & (table_size - 1);
}

static struct mapping *find(uintptr_t block) {
  if (table_size == 0 || block < PAGE) return NULL;
  for (size_t i = slot_of(block);; i = (i + 1) & (table_size - 1)) {
    if (table[i].block == block) return &table[i];
    if (table[i].block == 0) return NULL;
  }
}

static void insert(struct mapping m) {
  size_t i = slot_of(m.block);
  while (table[i].block > 1) i = (i + 1) & (table_size - 1);
  if (table[i].block == 0) table_filled++;
  table[i] = m;
}

/* Room for one more; doubled at half, deleted entries dropped on the way. */
static bool make_room(void) {
  if (table_size != 0 && table_filled * 2 < table_size) return true;
  size_t old_size = table_size, size = live_count * 4 < 256 ? 256 : live_count * 4;
  while ((size & (size - 1)) != 0) size += size & -size;
  struct mapping *old = table, *fresh = ss_os_map(size * sizeof *fresh);
  if (fresh == NULL) return false;
  table = fresh;
  table_size = size;
  table_filled = 0;
  for (size_t i = 0; i < old_size; i++)
    if (old[i].block > 1) insert(old[i]);
  if (old != NULL) ss_os_unmap(old, old_size * sizeof *old);
  return true;
}

#if !HAKMEM_HARDENED_COMPILED
/* Where even pages that nobody touched are resident (mlockall(2) with MCL_FUTURE), room for later blocks
 * is not for nothing: the bytes of the mapping that stay. */
static size_t cut_resident_room(uintptr_t start, size_t space, size_t bytes) {
  if (space == bytes || !ss_os_resident((void *)(start + space - PAGE))) return space;
  ss_os_unmap((void *)(start + bytes), space - bytes);
  return bytes;
}

/* With room for later blocks, or else just as large as asked for, or else in place of what is kept. */
static bool map_fresh(size_t bytes, bool exact, struct mapping *m) {
  size_t space = exact ? bytes : kept_space(bytes);
  void *start = ss_os_map(space);
  if (start == NULL && space != bytes) start = ss_os_map(space = bytes);
  if (start == NULL && large_trim() != 0) start = ss_os_map(bytes);
  if (start != NULL) space = cut_resident_room((uintptr_t)start, space, bytes);
  *m = (struct mapping){ .start = (uintptr_t)start, .bytes = space };
  return start != NULL;
}
#endif

void *large_alloc(size_t size, size_t alignment, bool *zeroed) {
  struct mapping m;
  size_t bytes, slack = alignment > PAGE ? alignment : 0;
  *zeroed = true;
  if (__builtin_add_overflow(size, (size_t)PAGE - 1, &bytes)) goto too_large;
  bytes &= ~(size_t)(PAGE - 1);
  if (bytes == 0) bytes = PAGE;
  if (__builtin_add_overflow(bytes, slack, &bytes) || bytes > PTRDIFF_MAX) goto too_large;
#if HAKMEM_HARDENED_COMPILED
  (void)slack;
  if (!guard_map(size, alignment, &m)) return NULL;
#else
  hak_lock(&large_lock);
  bool reused = kept_take(bytes, &m);
  if (!reused) kept_missed(bytes);
  hak_unlock(&large_lock);
  if (reused) *zeroed = false;
  else if (!map_fresh(bytes, slack != 0, &m)) return NULL;
  mapping_use(&m, bytes);
  m.block = slack ? (m.start + alignment - 1) & ~(uintptr_t)(alignment - 1) : m.start;
#endif
  hak_lock(&large_lock);
  bool ok = make_room();
  if (ok) {
    insert(m);
    live_count++;
    live_bytes += m.used;
  }
  hak_unlock(&large_lock);
  if (!ok) {
    ss_os_unmap((void *)m.start, m.bytes);
    goto too_large;
  }
  return (void *)m.block;
too_large:
  errno = ENOMEM;
  return NULL;
}

/* Pages with memory behind them are written, which is cheaper than to give them back and fault
 * them in again; the others stay without, as they are zero or, where they were swapped out, are
 * dropped. So a block that is used sparsely stays sparse from one life to the next. */
void large_clear(void *block, size_t bytes) {
  enum { PAGES_AT_ONCE = 256 };
  unsigned char resident[PAGES_AT_ONCE];
  memset(resident, 1, sizeof resident); /* where pages are larger the kernel fills less of it */
  char *at = block, *end = at + bytes;
  while (at < end) {
    size_t rest = ((size_t)(end - at) + PAGE - 1) / PAGE, pages = rest < PAGES_AT_ONCE ? rest : PAGES_AT_ONCE;
    if (!ss_os_residency(at, pages * PAGE, resident)) break;
    for (size_t i = 0, next; i < pages; i = next) {
      for (next = i + 1; next < pages && ((resident[next] ^ resident[i]) & 1) == 0; next++) continue;
      char *from = at + i * PAGE, *to = at + next * PAGE;
      if (to > end) to = end;
      if ((resident[i] & 1) != 0 || !madvise_guard_release(from, (next - i) * PAGE))
        memset(from, 0, (size_t)(to - from));
    }
    at += pages * PAGE;
  }
  if (at < end) memset(at, 0, (size_t)(end - at));
}

static void unmap(const struct mapping *gone, unsigned count) {
  for (unsigned i = 0; i < count; i++) ss_os_unmap((void *)gone[i].start, gone[i].bytes);
}

bool large_free(void *p) {
  struct mapping gone[GONE_MAX + 1];
  unsigned gone_count = 0;
  hak_lock(&large_lock);
  struct mapping *m = find((uintptr_t)p);
  if (m == NULL) {
#if HAKMEM_HARDENED_COMPILED
    if (guard_retired((uintptr_t)p)) hak_panic("double free", p);
#endif
    hak_unlock(&large_lock);
    return false;
  }
  struct mapping freed = *m;
  m->block = 1;
  live_count--;
  live_bytes -= freed.used;
#if HAKMEM_HARDENED_COMPILED
  guard_check(&freed);
  gone_count = guard_retire(&freed, gone);
#else
  if (!kept_give(freed, live_bytes)) gone[gone_count++] = freed;
  unsigned more = kept_shed(kept_bytes_max(live_bytes), gone + gone_count);
  gone_count += more;
  while (more == GONE_MAX) {
    hak_unlock(&large_lock);
    unmap(gone, gone_count);
    hak_lock(&large_lock);
    gone_count = more = kept_shed(kept_bytes_max(live_bytes), gone);
  }
#endif
  hak_unlock(&large_lock);
  unmap(gone, gone_count);
  return true;
}

size_t large_size(const void *p) {
  hak_lock(&large_lock);
  struct mapping *m = find((uintptr_t)p);
  size_t n = m != NULL ? mapping_usable(m) : 0;
  hak_unlock(&large_lock);
  return n;
}

#if HAKMEM_HARDENED_COMPILED
/* The block has to end at its guard page again: it moves as a copy. */
void *large_realloc(void *p, size_t size) {
  (void)p;
  (void)size;
  return NULL;
}
#else
void *large_realloc(void *p, size_t size) {
  if (size > PTRDIFF_MAX - PAGE) return NULL;
  size_t bytes = (size + PAGE - 1) & ~(size_t)(PAGE - 1);
  hak_lock(&large_lock);
  struct mapping *found = find((uintptr_t)p);
  if (found == NULL || found->block != found->start) {
    hak_unlock(&large_lock);
    return NULL;
  }
  if (bytes >= found->used && bytes <= found->bytes) {
    live_bytes += bytes - found->used;
    mapping_use(found, bytes);
    hak_unlock(&large_lock);
    return p;
  }
  struct mapping m = *found;
  /* the entry leaves the table while the pages move, so that a block which another thread gets
   * at the old address cannot collide with it */
  found->block = 1;
  hak_unlock(&large_lock);
  size_t space = bytes > m.used ? kept_space(bytes) : bytes; /* smaller: the rest goes back */
  void *moved = ss_os_remap((void *)m.start, m.bytes, space);
  if (moved == NULL && space != bytes) moved = ss_os_remap((void *)m.start, m.bytes, space = bytes);
  if (moved != NULL) space = cut_resident_room((uintptr_t)moved, space, bytes);
  hak_lock(&large_lock);
  if (moved != NULL) {
    live_bytes += bytes - m.used;
    m.block = m.start = (uintptr_t)moved;
    m.bytes = space;
    if (m.warm > bytes) m.warm = bytes; /* the rest went back */
    mapping_use(&m, bytes);
  }
  /* there is room: the entry's own slot was given up. Deleted slots must not fill the table,
   * though, where a program does nothing but this: an unknown address is sought to an empty one */
  make_room();
  insert(m);
  hak_unlock(&large_lock);
  return moved;
}

#endif

size_t large_trim(void) {
  size_t bytes = 0;
#if !HAKMEM_HARDENED_COMPILED
  struct mapping gone[GONE_MAX];
  unsigned n;
  do {
    hak_lock(&large_lock);
    n = kept_shed(0, gone);
    kept_forget();
    hak_unlock(&large_lock);
    unmap(gone, n);
    for (unsigned i = 0; i < n; i++) bytes += gone[i].bytes;
  } while (n == GONE_MAX);
#endif
  return bytes;
}

void large_tick(void) {
#if !HAKMEM_HARDENED_COMPILED
  struct mapping gone[GONE_MAX];
  if (likely(!kept_regret_over()) || !hak_trylock(&large_lock)) return;
  unsigned n = kept_shed(kept_bytes_max(live_bytes), gone);
  kept_regret_looked(n == GONE_MAX);
  hak_unlock(&large_lock);
  unmap(gone, n);
#endif
}

size_t large_bytes(size_t *count) {
  hak_lock(&large_lock);
  size_t n = live_bytes;
  *count = live_count;
  hak_unlock(&large_lock);
  return n;
}

void large_lock_all(void) { hak_lock(&large_lock); }
void large_unlock_all(void) { hak_unlock(&large_lock); }

#if HAKMEM_CHECKS
void large_check(void) {
  size_t count = 0, filled = 0, bytes = 0;
  hak_lock(&large_lock);
  for (size_t i = 0; i < table_size; i++) {
    const struct mapping *m = &table[i];
    if (m->block != 0) filled++;
    if (m->block <= 1) continue;
    if (find(m->block) != m || m->block < m->start || m->block >= m->start + m->used || m->used > m->bytes)
      hak_panic("check: a large block is lost", m);
    count++;
    bytes += m->used;
  }
# if !HAKMEM_HARDENED_COMPILED
  kept_check();
# endif
  if (count != live_count || bytes != live_bytes || filled != table_filled)
    hak_panic("check: the large blocks' counts are wrong", NULL);
  hak_unlock(&large_lock);
}
#endif
