/* SPDX-License-Identifier: MIT */
/* large_parked.c: see large_parked.h. A stack for each power of two of bytes, in a table that grows. */
#include "large/large_parked.h"

#include "os/os_memory.h"

enum { BINS = 48, FIRST = 1024, BLOCK_SHIFT = 12 };

/* Linked by index; 0 is none. */
struct parked {
  uintptr_t start;
  size_t bytes; /* with 1 in the lowest bit where it is zero: sizes are multiples of pages */
  uint32_t next;
};
static struct parked first_table[FIRST], *table = first_table;
static uint32_t size = FIRST, filled = 1, unused, bin[BINS];

/* The largest power of two of pages that is no more. */
static unsigned bin_of(size_t bytes) {
  unsigned b = 63u - (unsigned)__builtin_clzll(bytes >> BLOCK_SHIFT);
  return b < BINS ? b : BINS - 1;
}

/* Doubled when half full: when it is wanted most the kernel gives no mapping any more. */
static void grow(void) {
  if (filled * 2 < size) return;
  struct parked *fresh = ss_os_map((size_t)size * 2 * sizeof *fresh);
  if (fresh == NULL) return;
  for (uint32_t i = 0; i < filled; i++) fresh[i] = table[i];
  if (table != first_table) ss_os_unmap(table, (size_t)size * sizeof *table);
  table = fresh;
  size *= 2;
}

bool parked_add(uintptr_t start, size_t bytes, bool zero) {
  uint32_t i = unused;
  if (i != 0) {
    unused = table[i].next;
  } else {
    grow();
    if (filled == size) return false;
    i = filled++;
  }
  unsigned b = bin_of(bytes);
  table[i] = (struct parked){ start, bytes | zero, bin[b] };
  bin[b] = i;
  return true;
}

static uintptr_t take(unsigned b, size_t *bytes, bool *zero) {
  uint32_t i = bin[b];
  bin[b] = table[i].next;
  table[i].next = unused;
  unused = i;
  *bytes = table[i].bytes & ~(size_t)1;
  *zero = (table[i].bytes & 1) != 0;
  return table[i].start;
}

uintptr_t parked_take(size_t *bytes, bool *zero) {
  if (likely(filled == 1)) return 0;
  unsigned b = bin_of(*bytes);
  /* within the bin the newest alone is looked at; all of the next ones fit, but waste addresses */
  if (bin[b] != 0 && (table[bin[b]].bytes & ~(size_t)1) >= *bytes) return take(b, bytes, zero);
  if (b + 1 < BINS && bin[b + 1] != 0) return take(b + 1, bytes, zero);
  return 0;
}

uintptr_t parked_take_any(size_t *bytes, bool *zero) {
  for (unsigned b = 0; b < BINS; b++)
    if (bin[b] != 0) return take(b, bytes, zero);
  return 0;
}
