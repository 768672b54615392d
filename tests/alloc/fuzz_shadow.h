/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_shadow.h: which live block each 16 bytes of the address space belong to. A block's range goes from
 * nobody to its number when it is handed out and back before it is freed; what stands there instead is another
 * block that overlaps. Pages that lie in a block as a whole take one entry, others one for each 16 bytes, so
 * that blocks of any size cost little and not a byte is left out.
 *
 * Entries are read and written one by one: of two blocks that are claimed at the same moment each may miss the
 * other, but then one of them finds the other's number when it is freed. */
#ifndef FUZZ_SHADOW_H
#define FUZZ_SHADOW_H

#include <stdatomic.h>

#include "alloc_test.h"

enum { SHADOW_UNIT = 16, SHADOW_PAGE_SHIFT = 12, SHADOW_REGION_SHIFT = 30, SHADOW_ADDRESS_BITS = 48 };
enum { SHADOW_UNITS = (1 << SHADOW_PAGE_SHIFT) / SHADOW_UNIT };
enum { SHADOW_PAGES = 1 << (SHADOW_REGION_SHIFT - SHADOW_PAGE_SHIFT) };
struct shadow_page {
  _Atomic uint32_t unit[SHADOW_UNITS];
};
struct shadow_region { /* 1 GB */
  _Atomic uint32_t whole[SHADOW_PAGES];
  _Atomic(struct shadow_page *) page[SHADOW_PAGES];
};
static _Atomic(struct shadow_region *) shadow_region[1 << (SHADOW_ADDRESS_BITS - SHADOW_REGION_SHIFT)];

/* Addresses for all of it are there from the start, so that a limit which is set later does not count it. */
static char *shadow_pool;
static _Atomic size_t shadow_used;
static const size_t shadow_most = (size_t)4 << 30;

static inline void shadow_init(void) {
  shadow_pool = mmap(NULL, shadow_most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (shadow_pool == MAP_FAILED) test_die("no addresses for the shadow map");
}

static inline void *shadow_more(size_t bytes) {
  size_t at = atomic_fetch_add_explicit(&shadow_used, bytes, memory_order_relaxed);
  if (at + bytes > shadow_most) test_die("the shadow map is full");
  return shadow_pool + at;
}

static inline struct shadow_region *shadow_region_of(uintptr_t a) {
  _Atomic(struct shadow_region *) *at = &shadow_region[a >> SHADOW_REGION_SHIFT];
  struct shadow_region *r = atomic_load_explicit(at, memory_order_acquire);
  if (r != NULL) return r;
  struct shadow_region *fresh = shadow_more(sizeof *fresh);
  return atomic_compare_exchange_strong(at, &r, fresh) ? fresh : r;
}

static inline struct shadow_page *shadow_page_of(struct shadow_region *r, size_t i) {
  struct shadow_page *p = atomic_load_explicit(&r->page[i], memory_order_acquire);
  if (p != NULL) return p;
  struct shadow_page *fresh = shadow_more(sizeof *fresh);
  return atomic_compare_exchange_strong(&r->page[i], &p, fresh) ? fresh : p;
}

static inline uint32_t shadow_load(_Atomic uint32_t *at) { return atomic_load_explicit(at, memory_order_relaxed); }
static inline bool shadow_turn(_Atomic uint32_t *at, uint32_t from, uint32_t to, uint32_t *found) {
  *found = shadow_load(at);
  if (*found != from) return false;
  atomic_store_explicit(at, to, memory_order_relaxed);
  return true;
}

/* Every entry of the range, from one number to another (0: nobody's); false where one is neither, in *found. */
static inline bool shadow_set(const void *start, size_t bytes, uint32_t from, uint32_t to, uint32_t *found) {
  const uintptr_t page = (uintptr_t)1 << SHADOW_PAGE_SHIFT;
  uintptr_t a = (uintptr_t)start,
            end = (a + (bytes != 0 ? bytes : 1) + SHADOW_UNIT - 1) & ~(uintptr_t)(SHADOW_UNIT - 1);
  while (a < end) {
    struct shadow_region *r = shadow_region_of(a);
    size_t i = (a >> SHADOW_PAGE_SHIFT) % SHADOW_PAGES;
    uintptr_t next = (a | (page - 1)) + 1;
    bool all = (a & (page - 1)) == 0 && next <= end;
    if (all) {
      /* somebody's small block in it */
      struct shadow_page *p = atomic_load_explicit(&r->page[i], memory_order_acquire);
      for (unsigned u = 0; p != NULL && u < SHADOW_UNITS; u++)
        if ((*found = shadow_load(&p->unit[u])) != 0) return false;
      if (!shadow_turn(&r->whole[i], from, to, found)) return false;
    } else {
      if ((*found = shadow_load(&r->whole[i])) != 0) return false; /* in somebody's long block */
      struct shadow_page *p = shadow_page_of(r, i);
      uintptr_t last = next < end ? next : end;
      for (uintptr_t u = a; u < last; u += SHADOW_UNIT)
        if (!shadow_turn(&p->unit[(u & (page - 1)) / SHADOW_UNIT], from, to, found)) return false;
    }
    a = next;
  }
  return true;
}

#endif
