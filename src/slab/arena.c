/* SPDX-License-Identifier: MIT */
/* arena.c: see arena.h. The reservation, and which part of it may be touched. */
#include "slab/arena.h"

#include <errno.h>
#include <sys/resource.h>

#include "os/os_memory.h"

/* What of the reservation may be touched grows in such steps. Pages that may not be touched cost
 * nothing where the program locks all its memory (mlockall), or the kernel counts what could be
 * written (no overcommit). */
enum { OPEN_SLABS = 256, OPEN_PAGE = 65536 };
/* The one-byte header is read before the tag says that the address is a block's. */
#if HAKMEM_BLOCK_HEADER_COMPILED && !HAKMEM_HARDENED_COMPILED
enum { OPEN_ALWAYS = 1 };
#else
enum { OPEN_ALWAYS = 0 };
#endif

uintptr_t hak_arena_base;
uint16_t *hak_arena_tags;
size_t hak_arena_slabs, hak_arena_units;
struct hak_slab *hak_arena_meta;
struct hak_span_map *hak_arena_spans;
uint64_t hak_class_reciprocal[HAK_CLASSES];

static size_t open_slabs; /* these and their metadata may be touched */

bool arena_init(void) {
  for (unsigned c = 1; c < HAK_CLASSES; c++) hak_class_reciprocal[c] = UINT64_MAX / hak_class_size(c) + 1;
  /* the tag of address 0's slab is looked up before the arena exists: hak_arena_slabs is 0 */
  /* of a limited address space large blocks and threads' stacks need their part */
  struct rlimit limit;
  size_t most =
      getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? (size_t)limit.rlim_cur / 2 : SIZE_MAX;
  for (size_t bytes = HAK_ARENA_BYTES_MAX; bytes >= HAK_ARENA_BYTES_MIN; bytes >>= 1) {
    if (bytes > most && bytes > HAK_ARENA_BYTES_MIN) continue;
    size_t slabs = bytes >> HAK_SLAB_SHIFT;
    size_t meta =
        slabs * (sizeof(struct hak_slab) + sizeof(uint16_t)) + slabs / HAK_MAP_SLABS * sizeof(struct hak_span_map);
    size_t whole = bytes + HAK_SUPERSLAB_BYTES + meta;
    char *p = OPEN_ALWAYS ? ss_os_reserve(whole) : ss_os_reserve_untouchable(whole);
    if (p == NULL) continue;
    /* with something before it that may not be touched: an underflow of the first block traps */
    uintptr_t base = ((uintptr_t)p + HAK_SUPERSLAB_BYTES) & ~(uintptr_t)(HAK_SUPERSLAB_BYTES - 1);
    char *side = (char *)base + bytes;
    char *tags = side + slabs * sizeof(struct hak_slab);
    char *spans = tags + slabs * sizeof(uint16_t);
    /* any address of the arena is looked up here */
    if (!OPEN_ALWAYS && !ss_os_allow(tags, slabs * sizeof(uint16_t))) {
      ss_os_unmap(p, whole);
      continue;
    }
    open_slabs = OPEN_ALWAYS ? slabs : 0;
    hak_arena_meta = (struct hak_slab *)side;
    hak_arena_tags = (uint16_t *)tags;
    hak_arena_spans = (struct hak_span_map *)spans;
    hak_arena_base = base;
    hak_arena_units = bytes / 16;
    /* release: a thread that sees the size also sees base and tags */
    __atomic_store_n(&hak_arena_slabs, slabs, __ATOMIC_RELEASE);
    return true;
  }
  errno = ENOMEM;
  return false;
}

/* Pages may be of up to 64 KB, and what lies around these is open, or will be. */
static bool open_around(void *from, void *to) {
  uintptr_t first = (uintptr_t)from & ~(uintptr_t)(OPEN_PAGE - 1);
  uintptr_t last = ((uintptr_t)to + OPEN_PAGE - 1) & ~(uintptr_t)(OPEN_PAGE - 1);
  return ss_os_allow((void *)first, last - first);
}

bool arena_open(size_t slabs) {
  if (likely(slabs <= open_slabs)) return true;
  size_t end = (slabs + OPEN_SLABS - 1) & ~(size_t)(OPEN_SLABS - 1);
  if (!open_around(&hak_arena_meta[open_slabs], &hak_arena_meta[end])) return false;
  if (!open_around(&hak_arena_spans[open_slabs / HAK_MAP_SLABS], &hak_arena_spans[end / HAK_MAP_SLABS])) return false;
  if (!ss_os_allow((void *)(hak_arena_base + (open_slabs << HAK_SLAB_SHIFT)), (end - open_slabs) << HAK_SLAB_SHIFT))
    return false;
  open_slabs = end;
  return true;
}

void *arena_span_start(const void *p) {
  const struct hak_span_map *m = arena_map_of(p);
  unsigned at = arena_granule(p), start = at;
  /* by the classes alone: within a block in use they do not change, as bits do that share a word */
  while (start > 0 && m->class_at[start] == 0 && at - start < HAK_POOL_MAX / HAK_GRANULE_BYTES) start--;
  if (at - start >= hak_class_size(m->class_at[start]) / HAK_GRANULE_BYTES) return NULL;
  return (void *)(((uintptr_t)p & ~(uintptr_t)(HAK_GRANULE_BYTES - 1)) - ((size_t)(at - start) << HAK_GRANULE_SHIFT));
}
