/* SPDX-License-Identifier: MIT */
/* large.c: see large.h. */
#include "large/large.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/hak_lock.h"
#include "large/large_guard.h"
#include "large/large_kept.h"
#include "large/large_parked.h"
#include "os/hak_panic.h"
#include "os/os_memory.h"

static hak_lock_t large_lock;
static struct mapping *table; /* open addressing, linear probing */
static size_t table_size, table_filled, live_count, live_bytes;

#if HAKMEM_HARDENED_COMPILED
static size_t mapping_usable(const struct mapping *m) { return m->asked; }
static size_t mapping_slack(const struct mapping *m) { return 0 * m->used; }
#else
static size_t mapping_usable(const struct mapping *m) { return m->start + m->used - m->block; }

/* What an earlier life may have left resident behind the block. */
static size_t mapping_slack(const struct mapping *m) { return m->warm - m->used; }

static void mapping_use(struct mapping *m, size_t bytes) {
  m->used = bytes;
  if (m->warm < bytes) m->warm = bytes;
}
#endif

/* Under the lock; anybody may read them. */
#if !HAKMEM_HARDENED_COMPILED /* where a mapping holds its block alone, nobody asks */
static size_t slack_bytes;
#endif
static void live_add(size_t bytes, size_t slack) {
  __atomic_store_n(&live_bytes, live_bytes + bytes, __ATOMIC_RELAXED);
#if HAKMEM_HARDENED_COMPILED
  (void)slack;
#else
  __atomic_store_n(&slack_bytes, slack_bytes + slack, __ATOMIC_RELAXED);
#endif
}

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
/* Room behind blocks counts where addresses are limited (known since memory ran out), and where it would be
 * resident at once. */
static _Atomic bool no_room;
static bool roomless(void) { return atomic_load_explicit(&no_room, memory_order_relaxed) || ss_os_locks_future(); }

/* So much may be resident behind blocks; above that it goes back, where it is much of one. */
static _Atomic size_t slack_most = SIZE_MAX;
static void cut_slack(struct mapping *m, size_t bytes) {
  size_t slack = __atomic_load_n(&slack_bytes, __ATOMIC_RELAXED) + m->warm - bytes;
  if (likely(slack <= atomic_load_explicit(&slack_most, memory_order_relaxed)) || m->warm <= bytes + bytes / 16) return;
  if (ss_os_clear((void *)(m->start + bytes), m->warm - bytes, false)) m->warm = bytes;
}

static void unmap(const struct mapping *gone, unsigned count);

/* A kept mapping that is too short for the block gets longer: its pages need not be faulted in again. False where
 * that cannot be, and then it is gone. */
static bool grow_kept(size_t bytes, bool exact, struct mapping *m) {
  size_t space = exact || roomless() ? bytes : kept_space(bytes);
  void *moved = ss_os_remap((void *)m->start, m->bytes, space);
  if (moved == NULL) {
    unmap(m, 1);
    return false;
  }
  m->start = (uintptr_t)moved;
  m->bytes = space;
  return true;
}

/* With room for later blocks, or else just as large as asked for, or else in place of what is kept. */
static bool map_fresh(size_t bytes, bool exact, bool *zeroed, struct mapping *m) {
  size_t space = exact || roomless() ? bytes : kept_space(bytes);
  hak_lock(&large_lock);
  uintptr_t parked = parked_take(&space, zeroed);
  hak_unlock(&large_lock);
  void *start = (void *)parked;
  if (start == NULL) start = ss_os_map(space);
  if (start == NULL && space != bytes) start = ss_os_map(space = bytes);
  if (start == NULL && large_trim() != 0) start = ss_os_map(bytes);
  *m = (struct mapping){ .start = (uintptr_t)start, .bytes = space };
  return start != NULL;
}
#endif

void *large_alloc(size_t size, size_t alignment, bool *zeroed) {
  struct mapping m;
  size_t bytes, slack = alignment > PAGE ? alignment : 0;
  bool any, may_be_dirty = zeroed == NULL;
  if (may_be_dirty) zeroed = &any;
  *zeroed = true;
  if (__builtin_add_overflow(size, (size_t)PAGE - 1, &bytes)) goto too_large;
  bytes &= ~(size_t)(PAGE - 1);
  if (bytes == 0) bytes = PAGE;
  if (__builtin_add_overflow(bytes, slack, &bytes) || bytes > PTRDIFF_MAX) goto too_large;
#if HAKMEM_HARDENED_COMPILED
  (void)slack;
  (void)may_be_dirty;
  size_t piece = guard_bytes(size, alignment);
  bool zero;
  hak_lock(&large_lock);
  m.start = parked_take(&piece, &zero);
  hak_unlock(&large_lock);
  m.bytes = piece;
  if (m.start != 0 && !zero && !ss_os_clear((void *)m.start, piece, false)) memset((void *)m.start, 0, piece);
  if (m.start == 0) m.start = (uintptr_t)ss_os_map(piece);
  if (m.start == 0) return NULL;
  guard_lay_out(size, alignment, __atomic_load_n(&live_count, __ATOMIC_RELAXED), &m);
#else
  hak_lock(&large_lock);
  bool reused = kept_take(bytes, &m), shorter = false;
  if (!reused) {
    kept_missed(bytes);
    shorter = may_be_dirty && kept_take_shorter(bytes, &m);
  }
  hak_unlock(&large_lock);
  if (reused) {
    *zeroed = false;
    cut_slack(&m, bytes);
  } else if (shorter && grow_kept(bytes, slack != 0, &m)) {
    *zeroed = false;
  } else if (!map_fresh(bytes, slack != 0, zeroed, &m)) {
    return NULL;
  }
  mapping_use(&m, bytes);
  m.block = slack ? (m.start + alignment - 1) & ~(uintptr_t)(alignment - 1) : m.start;
#endif
  hak_lock(&large_lock);
  bool ok = make_room();
  if (ok) {
    insert(m);
    __atomic_store_n(&live_count, live_count + 1, __ATOMIC_RELAXED);
    live_add(m.used, mapping_slack(&m));
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

/* A page that reads as zero is not written: where nothing is behind it, it costs no memory from then on (the kernel's
 * one page of zeros is mapped), and a block that is used sparsely neither grows dense by its lives nor empties caches.
 */
static void clear_written(char *block, size_t bytes) {
  static const char zeros[PAGE];
  for (size_t n; bytes > 0; block += n, bytes -= n) {
    n = bytes < PAGE ? bytes : PAGE;
    if (memcmp(block, zeros, n) != 0) memset(block, 0, n);
  }
}

/* Up to so much is looked at and written, which is cheaper than to give pages back and fault them in again; more is
 * given back, so that a block which is used sparsely stays sparse from one life to the next. */
void large_clear(void *block, size_t bytes) {
  enum { WRITE_MOST = 128 << 10 };
  uintptr_t page = (uintptr_t)getpagesize(), end = (uintptr_t)block + bytes;
  uintptr_t first = ((uintptr_t)block + page - 1) & ~(page - 1), last = end & ~(page - 1);
  if (bytes <= WRITE_MOST || ss_os_locks_future() || !ss_os_clear((void *)first, last - first, false)) {
    clear_written(block, bytes);
    return;
  }
  memset(block, 0, first - (uintptr_t)block);
  memset((void *)last, 0, end - last);
}

/* A hole in a mapping makes two of it, and a process may have some 65530: between so many blocks that are
 * live addresses stay ours, and only pages go back. So they do where the kernel refuses to unmap. In a
 * hardened build guard pages are mappings, too. */
#if HAKMEM_HARDENED_COMPILED
enum { HOLES_MOST = 8192 };
#else
enum { HOLES_MOST = 16384 };
#endif
static bool holes_many(void) { return __atomic_load_n(&live_count, __ATOMIC_RELAXED) > HOLES_MOST; }

static void unmap(const struct mapping *gone, unsigned count) {
  bool many = holes_many();
  for (unsigned i = 0; i < count; i++) {
    void *start = (void *)gone[i].start;
    int saved = errno;
    if (!many && ss_os_unmap(start, gone[i].bytes)) continue;
    bool zero = ss_os_clear(start, gone[i].bytes, false);
    errno = saved;
    if (many && !zero && ss_os_unmap(start, gone[i].bytes)) continue;
    hak_lock(&large_lock);
    bool parked = parked_add(gone[i].start, gone[i].bytes, zero);
    hak_unlock(&large_lock);
    /* no memory to note it in, where addresses are what is short: then they go after all, or else are lost */
    if (!parked) ss_os_unmap(start, gone[i].bytes);
    errno = saved;
  }
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
  __atomic_store_n(&live_count, live_count - 1, __ATOMIC_RELAXED);
  live_add(-freed.used, -mapping_slack(&freed));
#if HAKMEM_HARDENED_COMPILED
  guard_check(&freed);
  if (holes_many()) gone[gone_count++] = freed;
  else gone_count = guard_retire(&freed, gone);
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
/* In place, or into a mapping with as much room again: what grows in small steps is copied seldom. */
void *large_realloc(void *p, size_t size) {
  struct mapping m;
  if (size > PTRDIFF_MAX / 4) return NULL;
  hak_lock(&large_lock);
  struct mapping *found = find((uintptr_t)p);
  size_t used = found != NULL ? found->used : 0, asked = found != NULL ? found->asked : 0;
  bool resized = found != NULL && guard_resize(found, size);
  if (resized) live_add(found->used - used, 0);
  hak_unlock(&large_lock);
  if (resized) return p;
  if (found == NULL || size < asked || !guard_map_room(size, &m)) return NULL;
  memcpy((void *)m.block, p, asked);
  hak_lock(&large_lock);
  bool ok = make_room();
  if (ok) {
    insert(m);
    __atomic_store_n(&live_count, live_count + 1, __ATOMIC_RELAXED);
    live_add(m.used, mapping_slack(&m));
  }
  hak_unlock(&large_lock);
  if (!ok) {
    ss_os_unmap((void *)m.start, m.bytes);
    return NULL;
  }
  large_free(p);
  return (void *)m.block;
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
    size_t used = found->used, slack = mapping_slack(found);
    mapping_use(found, bytes);
    live_add(bytes - used, mapping_slack(found) - slack);
    hak_unlock(&large_lock);
    return p;
  }
  struct mapping m = *found;
  /* the entry leaves the table while the pages move, so that a block which another thread gets
   * at the old address cannot collide with it */
  found->block = 1;
  hak_unlock(&large_lock);
  size_t space = bytes > m.used && !roomless() ? kept_space(bytes) : bytes; /* smaller: the rest goes back */
  void *moved = ss_os_remap((void *)m.start, m.bytes, space);
  if (moved == NULL && space != bytes) moved = ss_os_remap((void *)m.start, m.bytes, space = bytes);
  hak_lock(&large_lock);
  size_t used = m.used, slack = mapping_slack(&m);
  if (moved != NULL) {
    m.block = m.start = (uintptr_t)moved;
    m.bytes = space;
    if (m.warm > bytes) m.warm = bytes; /* the rest went back */
    mapping_use(&m, bytes);
    live_add(bytes - used, mapping_slack(&m) - slack);
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
  for (struct mapping m = { 0 };;) { /* while the kernel takes addresses back */
    bool zero;
    hak_lock(&large_lock);
    m.start = parked_take_any(&m.bytes, &zero);
    hak_unlock(&large_lock);
    if (m.start == 0) break;
    if (!ss_os_unmap((void *)m.start, m.bytes)) {
      hak_lock(&large_lock);
      (void)parked_add(m.start, m.bytes, false); /* where it was taken from there is room */
      hak_unlock(&large_lock);
      break;
    }
    bytes += m.bytes;
  }
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

void large_tighten(void) {
#if HAKMEM_HARDENED_COMPILED
  struct mapping gone[GONE_MAX];
  unsigned n;
  do {
    hak_lock(&large_lock);
    n = guard_give_up(gone);
    hak_unlock(&large_lock);
    unmap(gone, n);
  } while (n != 0);
#else
  if (ss_os_limit() == SIZE_MAX) return;
  hak_lock(&large_lock);
  atomic_store_explicit(&no_room, true, memory_order_relaxed);
  for (size_t i = 0; i < table_size; i++) {
    struct mapping *m = &table[i];
    if (m->block <= 1 || m->bytes == m->used || !ss_os_unmap((void *)(m->start + m->used), m->bytes - m->used))
      continue;
    m->bytes = m->used;
    if (m->warm <= m->used) continue;
    live_add(0, -mapping_slack(m));
    m->warm = m->used;
  }
  hak_unlock(&large_lock);
#endif
}

size_t large_live(void) { return __atomic_load_n(&live_bytes, __ATOMIC_RELAXED); }
size_t large_kept(void) {
#if HAKMEM_HARDENED_COMPILED
  return 0;
#else
  return kept_bytes_now() + __atomic_load_n(&slack_bytes, __ATOMIC_RELAXED);
#endif
}

void large_slack_most(size_t bytes) {
#if !HAKMEM_HARDENED_COMPILED
  if (unlikely(atomic_load_explicit(&slack_most, memory_order_relaxed) != bytes))
    atomic_store_explicit(&slack_most, bytes, memory_order_relaxed);
#else
  (void)bytes;
#endif
}

size_t large_shed(size_t bytes) {
  size_t given = 0;
#if !HAKMEM_HARDENED_COMPILED
  struct mapping gone[GONE_MAX];
  for (unsigned n = 1; given < bytes && n != 0;) {
    hak_lock(&large_lock);
    size_t have = kept_bytes_now(), want = bytes - given;
    n = kept_shed(have > want ? have - want : 0, gone);
    given += have - kept_bytes_now();
    hak_unlock(&large_lock);
    unmap(gone, n);
  }
#else
  (void)bytes;
#endif
  return given;
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
