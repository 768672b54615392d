/* SPDX-License-Identifier: MIT */
/* hardened_zero.c: addresses of size zero (see hardened.h). A region that may not be touched
 * is cut into cells of 16 bytes; a bit for each says whether it is handed out. No lock: the bits
 * are all there is. */
#include "hardened/hardened.h"

#if HAKMEM_HARDENED_COMPILED
# include <stdatomic.h>

# include "os/hak_panic.h"
# include "os/os_memory.h"

enum { CELLS = 65536, WORDS = CELLS / 64 };

static _Atomic(char *) region;
static _Atomic uint64_t taken[WORDS];
static _Atomic uint32_t turn; /* goes round, so that an address comes back late */

static char *region_get(void) {
  /* acquire and release: the address alone is published, but the pair costs nothing here */
  char *r = atomic_load_explicit(&region, memory_order_acquire);
  if (r != NULL) return r;
  char *fresh = ss_os_reserve((size_t)CELLS * HAK_ALIGN);
  if (fresh == NULL) return NULL;
  if (atomic_compare_exchange_strong_explicit(&region, &r, fresh, memory_order_acq_rel, memory_order_acquire))
    return fresh;
  ss_os_unmap(fresh, (size_t)CELLS * HAK_ALIGN);
  return r;
}

void *hardened_zero_alloc(void) {
  char *r = region_get();
  if (r == NULL) return NULL;
  uint32_t start = atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed);
  for (uint32_t i = 0; i < WORDS; i++) {
    uint32_t w = (start / 64 + i) % WORDS;
    uint64_t bits = atomic_load_explicit(&taken[w], memory_order_relaxed);
    while (bits != UINT64_MAX) {
      /* from the turn's own cell on, where that is free */
      unsigned bit = i == 0 && !(bits >> start % 64 & 1) ? start % 64 : (unsigned)__builtin_ctzll(~bits);
      if (atomic_compare_exchange_weak_explicit(&taken[w], &bits, bits | (uint64_t)1 << bit, memory_order_relaxed,
                                                memory_order_relaxed))
        return r + ((size_t)w * 64 + bit) * HAK_ALIGN;
    }
  }
  return NULL;
}

static bool cell_of(const void *p, size_t *cell) {
  const char *r = atomic_load_explicit(&region, memory_order_acquire);
  size_t offset = (uintptr_t)p - (uintptr_t)r;
  *cell = offset / HAK_ALIGN;
  return r != NULL && offset < (size_t)CELLS * HAK_ALIGN;
}

bool hardened_zero_owns(const void *p) {
  size_t cell;
  return cell_of(p, &cell) && (uintptr_t)p % HAK_ALIGN == 0 &&
         (atomic_load_explicit(&taken[cell / 64], memory_order_relaxed) >> cell % 64 & 1) != 0;
}

bool hardened_zero_free(const void *p) {
  size_t cell;
  if (!cell_of(p, &cell)) return false;
  if ((uintptr_t)p % HAK_ALIGN != 0) hak_panic("free of a misaligned pointer", p);
  uint64_t bit = (uint64_t)1 << cell % 64;
  if ((atomic_fetch_and_explicit(&taken[cell / 64], ~bit, memory_order_relaxed) & bit) == 0)
    hak_panic("double free", p);
  return true;
}
#else
typedef int hardened_zero_is_compiled_out; /* a translation unit must not be empty */
#endif
