/* SPDX-License-Identifier: MIT */
/* hardened.c: see hardened.h. The header and the canary. */
#include "hardened/hardened.h"

#if HAKMEM_HARDENED_COMPILED
# include <errno.h>
# include <string.h>

# include "cache/give_back.h"
# include "front/hak_block.h"
# include "large/large.h"
# include "os/hak_panic.h"
# include "os/hak_require_zero.h"
# include "os/hak_secret.h"
# include "probes/hakmem_site.h"
# include "slab/block_header.h"

/* At least CANARY_MIN bytes behind a block are watched, at most CANARY_MAX: an overflow starts
 * right behind it. */
enum { CANARY_MIN = 8, CANARY_MAX = 128 };

# define SIZE_BITS 24
# define OVERFLOWN "bytes behind the block were overwritten"
# define UNDERFLOWN "block header overwritten, or not the address of an allocated block"

static uint64_t *header_word(void *p) { return (uint64_t *)p - 1; }

/* Finalizer of MurmurHash3 (Appleby 2011): every bit of the key reaches every bit. */
static uint64_t mix(uint64_t v) {
  v ^= v >> 33;
  v *= 0xff51afd7ed558ccdu;
  v ^= v >> 33;
  v *= 0xc4ceb9fe1a85ec53u;
  return v ^ v >> 33;
}

/* state: the class, with HDR_USED while in use; it lands in the byte right before p. */
static uint64_t header_make(const void *p, size_t size, unsigned state) {
  uint64_t sum = mix(hak_secret_sum ^ (uintptr_t)p ^ (uint64_t)size << 40 ^ (uint64_t)state << 32) >> 32;
  return (uint64_t)size | sum << SIZE_BITS | (uint64_t)state << 56;
}

static bool header_valid(const void *p, uint64_t word, unsigned state) {
  size_t size = word & ((1u << SIZE_BITS) - 1);
  return word == header_make(p, size, state);
}

static size_t canary_bytes(const char *p, size_t size, const char *block, unsigned c) {
  size_t room = (size_t)(block + hak_class_size(c) - (p + size));
  return room < CANARY_MAX ? room : CANARY_MAX;
}

/* What the n bytes at `at`, all that are watched (CANARY_MIN or more), have to be; made in word.
 * The first is not zero: the most frequent overflow of all writes the zero behind a string that just does not fit.
 * The second is: a string that lost its end stops there, and tells one byte of the others. */
static const unsigned char *canary(uint64_t word[CANARY_MAX / 8 + 1], const char *at, size_t n) {
  uintptr_t from = (uintptr_t)at & ~(uintptr_t)7;
  for (size_t i = 0; from + 8 * i < (uintptr_t)at + n; i++) word[i] = mix(hak_secret_sum ^ (from + 8 * i));
  unsigned char *byte = (unsigned char *)word + ((uintptr_t)at & 7);
  if (byte[0] == 0) byte[0] = 0xa5;
  byte[1] = 0;
  return byte;
}

void *hardened_alloc(size_t size, size_t alignment) {
  if (size == 0 && alignment <= HAK_ALIGN) {
    void *p = hardened_zero_alloc();
    if (p != NULL) return p;
  }
  size_t around = HAK_HEADER_BYTES + CANARY_MIN + (alignment > HAK_ALIGN ? alignment : 0);
  if (around > HAK_POOL_MAX || size > HAK_POOL_MAX - around) {
    return give_back_large_alloc(size, alignment, NULL);
  }
  unsigned c = hak_class_of_size(size + around);
  char *b = block_take(c);
  if (b == NULL) return NULL;
  hak_require_zero(b + HAK_HEADER_BYTES, hak_class_size(c) - HAK_HEADER_BYTES,
                   "a block was written to after it was freed", b + HAK_HEADER_BYTES);
  char *p = (char *)(((uintptr_t)b + HAK_HEADER_BYTES + alignment - 1) & ~(uintptr_t)(alignment - 1));
  *header_of(b) = (uint8_t)(c | HDR_USED);
  *header_word(p) = header_make(p, size, c | HDR_USED);
  uint64_t word[CANARY_MAX / 8 + 1];
  size_t watched = canary_bytes(p, size, b, c);
  memcpy(p + size, canary(word, p + size, watched), watched);
  return p;
}

/* Block in use at p, in the arena; its size. Ends the program where there is none. */
static char *block_in_use(void *p, unsigned c, size_t *size) {
  if (unlikely(((uintptr_t)p & (HAK_ALIGN - 1)) != 0)) hak_panic("free of a misaligned pointer", p);
  char *b = arena_block_start((char *)p - 1, c);
  uint64_t word = *header_word(p);
  if (unlikely(!header_valid(p, word, c | HDR_USED))) {
    if (header_valid(p, word, c) || *header_of(b) == c) hak_panic("double free", p);
    char *first = b + HAK_HEADER_BYTES;
    bool inside = (char *)p > first && header_valid(first, *header_word(first), c | HDR_USED);
    hak_panic(inside ? "free of a pointer into the middle of a block" : UNDERFLOWN, p);
  }
  *size = word & ((1u << SIZE_BITS) - 1);
  return b;
}

void hardened_free(void *p) {
  HAK_SITE(hardened);
  if (p == NULL || hardened_zero_free(p)) return;
  int saved = errno;
  unsigned c = arena_class_of((char *)p - 1);
  if (c == 0) {
    if (!large_free(p)) hak_panic("free of a pointer that is not an allocated block", p);
    errno = saved;
    return;
  }
  size_t size;
  char *b = block_in_use(p, c, &size);
  size_t watched = canary_bytes(p, size, b, c);
  uint64_t word[CANARY_MAX / 8 + 1];
  if (unlikely(memcmp((char *)p + size, canary(word, (char *)p + size, watched), watched) != 0))
    hak_panic(OVERFLOWN, p);
  char *end = b + hak_class_size(c);
  hak_require_zero((char *)p + size + watched, (size_t)(end - ((char *)p + size + watched)), OVERFLOWN, p);
  memset(b + HAK_HEADER_BYTES, 0, (size_t)((char *)p - b) - HAK_HEADER_BYTES);
  hak_make_zero(p, size + watched);
  header_set_free(b, c);
  /* stays until the block is used again, and lets a second free be told from a wild one; the
   * words of an address further in are payload, which has to be zero */
  if ((char *)p == b + HAK_HEADER_BYTES) *header_word(p) = header_make(p, size, c);
  hardened_quarantine_put(b, c);
  errno = saved;
}

size_t hardened_usable(const void *p) {
  if (hardened_zero_owns(p)) return 1;
  unsigned c = arena_class_of((const char *)p - 1);
  if (c == 0) {
    size_t size = large_size(p);
    return size != 0 ? size + 1 : 0;
  }
  if (((uintptr_t)p & (HAK_ALIGN - 1)) != 0) return 0;
  uint64_t word = ((const uint64_t *)p)[-1];
  return header_valid(p, word, c | HDR_USED) ? (word & ((1u << SIZE_BITS) - 1)) + 1 : 0;
}
#else
typedef int hardened_is_compiled_out; /* a translation unit must not be empty */
#endif
