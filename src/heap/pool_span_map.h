/* SPDX-License-Identifier: MIT */
/* pool_span_map.h: the arithmetic of a run's map (superslab.h): granules that are taken, pages that
 * are free or touched, holes. Knows nothing of heaps and lists. Included by pool_span.c alone. */
#ifndef POOL_SPAN_MAP_H
#define POOL_SPAN_MAP_H

#include <string.h>
#include <unistd.h>

#include "slab/arena.h"

enum {
  PAGE_BYTES = 4096,
  PAGE_GRANULES = PAGE_BYTES >> HAK_GRANULE_SHIFT,
  SLAB_PAGES = HAK_SLAB_BYTES / PAGE_BYTES,
};

static struct hak_span_map *map_of(const struct hak_slab *s) {
  return &hak_arena_spans[(size_t)(s - hak_arena_meta) / HAK_MAP_SLABS];
}
/* The run's granules in its map: from here to there. */
static unsigned granules_from(const struct hak_slab *s) {
  return (size_t)(s - hak_arena_meta) % HAK_MAP_SLABS * HAK_SLAB_GRANULES;
}
static unsigned granules_to(const struct hak_slab *s) { return granules_from(s) + s->run_slabs * HAK_SLAB_GRANULES; }
static unsigned class_granules(unsigned c) { return (unsigned)(hak_class_size(c) >> HAK_GRANULE_SHIFT); }

/* The first granule from `at` on that is taken (flip: that is not), or end. */
static unsigned next_of(const struct hak_span_map *m, unsigned at, unsigned end, uint64_t flip) {
  while (at < end) {
    uint64_t bits = (m->taken[at / 64] ^ flip) >> at % 64;
    if (bits != 0) return at + (unsigned)__builtin_ctzll(bits);
    at = (at | 63) + 1;
  }
  return end;
}
#define next_taken(m, at, end) next_of(m, at, end, 0)
#define next_free(m, at, end) next_of(m, at, end, UINT64_MAX)

/* The first free granule of the hole that ends before `at`, not before from. */
static unsigned hole_start(const struct hak_span_map *m, unsigned at, unsigned from) {
  while (at > from) {
    unsigned last = at - 1;
    uint64_t bits = m->taken[last / 64] << (63 - last % 64);
    if (bits != 0) return at - (unsigned)__builtin_clzll(bits);
    at = last & ~63u;
  }
  return from;
}

static unsigned page_of(unsigned granule) { return granule / PAGE_GRANULES; }

/* A set of pages, numbered as in the map. */
typedef unsigned __int128 page_set;
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && SLAB_PAGES == 16, "a map's pages are read as one number");

/* The run's own of the pages in a map: the others are other heaps'. */
static page_set pages_get(const uint16_t *pages, const struct hak_slab *s) {
  unsigned slab = (size_t)(s - hak_arena_meta) % HAK_MAP_SLABS;
  if (s->run_slabs == 1) return (page_set)pages[slab] << slab * SLAB_PAGES;
  page_set all;
  memcpy(&all, pages, sizeof all);
  return all;
}
static void pages_put(uint16_t *pages, const struct hak_slab *s, page_set set) {
  unsigned slab = (size_t)(s - hak_arena_meta) % HAK_MAP_SLABS;
  if (s->run_slabs == 1) pages[slab] = (uint16_t)(set >> slab * SLAB_PAGES);
  else memcpy(pages, &set, sizeof set);
}
static page_set free_pages(const struct hak_slab *s) { return pages_get(map_of(s)->free, s); }
static page_set touched_set(const struct hak_slab *s) { return pages_get(map_of(s)->touched, s); }

static bool page_in(page_set pages, unsigned page) { return (pages >> page & 1) != 0; }
/* Pages first to last. */
static page_set page_range(unsigned first, unsigned last) { return ~(page_set)0 >> (127 - (last - first)) << first; }
static page_set pages_of(const struct hak_slab *s) {
  return page_range(page_of(granules_from(s)), page_of(granules_to(s) - 1));
}
/* Without the instruction for it, which not every x86-64 has, the builtin calls libgcc. (Warren 2013,
 * "Hacker's Delight", 5-1) */
static unsigned bit_count(uint64_t v) {
  v -= v >> 1 & 0x5555555555555555u;
  v = (v & 0x3333333333333333u) + (v >> 2 & 0x3333333333333333u);
  return (unsigned)(((v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fu) * 0x0101010101010101u >> 56);
}
static unsigned page_count(page_set pages) { return bit_count((uint64_t)pages) + bit_count((uint64_t)(pages >> 64)); }
/* Of a set that is not empty. */
static unsigned page_first(page_set pages) {
  uint64_t low = (uint64_t)pages;
  return (unsigned)(low != 0 ? __builtin_ctzll(low) : 64 + __builtin_ctzll((uint64_t)(pages >> 64)));
}
/* The pages of the set from its first one on that have no gap between them. */
static page_set page_run(page_set pages) {
  unsigned first = page_first(pages);
  page_set gap = ~pages >> first;
  return page_range(first, gap != 0 ? first + page_first(gap) - 1 : 127);
}

static bool lane_free(const struct hak_span_map *m, unsigned page) {
  unsigned granule = page * PAGE_GRANULES;
  return (m->taken[granule / 64] >> granule % 64 & ((1u << PAGE_GRANULES) - 1)) == 0;
}

static void mark(const struct hak_slab *s, unsigned at, unsigned count, bool taken) {
  struct hak_span_map *m = map_of(s);
  unsigned first = page_of(at), last = page_of(at + count - 1);
  for (unsigned end = at + count; at < end;) {
    unsigned n = 64 - at % 64 < end - at ? 64 - at % 64 : end - at;
    uint64_t bits = (n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1) << at % 64;
    if (taken) m->taken[at / 64] |= bits;
    else m->taken[at / 64] &= ~bits;
    at += n;
  }
  page_set pages = page_range(first, last);
  if (taken) {
    pages_put(m->free, s, free_pages(s) & ~pages);
  } else {
    if (!lane_free(m, first)) pages &= ~page_range(first, first);
    if (!lane_free(m, last)) pages &= ~page_range(last, last);
    pages_put(m->free, s, free_pages(s) | pages);
  }
}

/* Where so many pages of the set lie in a row. */
static page_set page_rows(page_set pages, unsigned count) {
  for (unsigned have = 1, more; have < count; have += more) {
    more = have < count - have ? have : count - have;
    pages &= pages >> more;
  }
  return pages;
}

/* The first place in the run from `at` on where n granules are free; granules_to() for none. A span
 * for which longer runs are has at least one whole page, wherever it starts: those are found by the
 * page, a few operations for the whole run. */
static unsigned find_hole(const struct hak_slab *s, unsigned at, unsigned n) {
  const struct hak_span_map *m = map_of(s);
  unsigned end = granules_to(s), to;
  if (s->size_class == HAK_RUN_SPANS_LONG) {
    unsigned pages = (n - (PAGE_GRANULES - 1)) / PAGE_GRANULES, page = (at + PAGE_GRANULES - 1) / PAGE_GRANULES;
    page_set free = page < 128 ? free_pages(s) >> page << page : 0, rows = page_rows(free, pages);
    while (rows != 0) {
      unsigned first = page_first(rows), start = hole_start(m, first * PAGE_GRANULES, at);
      if (start + n <= end && next_taken(m, (first + pages) * PAGE_GRANULES, start + n) >= start + n) return start;
      rows &= ~page_run(free >> first << first);
    }
    return end;
  }
  for (at = next_free(m, at, end); at < end; at = next_free(m, to, end)) {
    to = next_taken(m, at, end);
    if (at + n <= to) return at;
  }
  return end;
}

static unsigned touched_pages(const struct hak_slab *s) { return page_count(touched_set(s)); }

/* Of pages in a row those that are whole pages of the kernel's, which may be larger: it rounds what it
 * is told to drop up. */
static page_set kernel_pages(page_set run) {
  unsigned each = (unsigned)getpagesize() / PAGE_BYTES, first = page_first(run), end = first + page_count(run);
  if (likely(each <= 1)) return run;
  first = (first + each - 1) / each * each;
  end = end / each * each;
  return first < end ? page_range(first, end - 1) : 0;
}

#endif
