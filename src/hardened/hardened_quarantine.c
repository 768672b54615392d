/* SPDX-License-Identifier: MIT */
/* hardened_quarantine.c: freed blocks wait their turn (see hardened.h): a first-in-first-out
 * ring for each thread, in a mapping of its own. While a block waits, a second free of it is
 * seen and a write to it is found. */
#include "hardened/hardened.h"

#if HAKMEM_HARDENED_COMPILED
# include "front/hak_block.h"
# include "os/hak_require_zero.h"
# include "os/os_memory.h"
# include "slab/block_header.h"

/* What a thread keeps back: 1024 blocks, but no more than 1 MB of them. */
enum { QUARANTINE_BLOCKS = 1024, QUARANTINE_BYTES = 1 << 20 };
# define WRITTEN "a block was written to after it was freed"

struct quarantine {
  uint32_t first, count;
  size_t bytes;
  void *block[QUARANTINE_BLOCKS];
};

static __thread struct quarantine *mine __attribute__((tls_model("initial-exec")));

static unsigned look_at(void *block) {
  unsigned c = arena_class_of(block);
  hak_require_zero((char *)block + HAK_HEADER_BYTES, hak_class_size(c) - HAK_HEADER_BYTES, WRITTEN,
                   (char *)block + HAK_HEADER_BYTES);
  if (unlikely(*header_of(block) != c))
    hak_panic("header of a freed block overwritten", (char *)block + HAK_HEADER_BYTES);
  return c;
}

static void release_oldest(struct quarantine *q) {
  void *block = q->block[q->first];
  q->first = (q->first + 1) % QUARANTINE_BLOCKS;
  q->count--;
  unsigned c = look_at(block);
  q->bytes -= hak_class_size(c);
  block_give(block, c);
}

void hardened_quarantine_put(void *block, unsigned c) {
  /* a thread without a heap is not there yet or gone already: nobody would empty its ring */
  if (mine == NULL && hak_tls.heap != NULL) mine = ss_os_map(sizeof *mine);
  struct quarantine *q = mine;
  if (q == NULL || hak_tls.heap == NULL) {
    block_give(block, c);
    return;
  }
  while (q->count == QUARANTINE_BLOCKS || (q->count != 0 && q->bytes + hak_class_size(c) > QUARANTINE_BYTES))
    release_oldest(q);
  q->block[(q->first + q->count++) % QUARANTINE_BLOCKS] = block;
  q->bytes += hak_class_size(c);
}

void hardened_flush(void) {
  struct quarantine *q = mine;
  if (q == NULL) return;
  while (q->count != 0) release_oldest(q);
  mine = NULL;
  ss_os_unmap(q, sizeof *q);
}

void hardened_exit_check(void) {
  for (uint32_t i = 0; mine != NULL && i < mine->count; i++)
    look_at(mine->block[(mine->first + i) % QUARANTINE_BLOCKS]);
}

# if HAKMEM_CHECKS
void hardened_check(void) {
  size_t bytes = 0;
  if (mine == NULL) return;
  for (uint32_t i = 0; i < mine->count; i++)
    bytes += hak_class_size(look_at(mine->block[(mine->first + i) % QUARANTINE_BLOCKS]));
  if (bytes != mine->bytes || bytes > QUARANTINE_BYTES) hak_panic("check: the quarantine's bytes are wrong", mine);
}
# endif
#else
typedef int hardened_quarantine_is_compiled_out; /* a translation unit must not be empty */
#endif
