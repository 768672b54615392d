/* SPDX-License-Identifier: MIT */
/* unified_cache.h: the front: for each thread and class one LIFO of free blocks.
 *
 * Beyond the first-level cache, immediate reuse matters more than the count of instructions, so
 * the cache is one intrusive list and a hit is the whole fast path. Owns the thread's lists and
 * their counts; what happens on a miss (refill) or above the target (spill) is cold code in
 * other boxes. Only the owning thread ever touches it: no atomics. */
#ifndef UNIFIED_CACHE_H
#define UNIFIED_CACHE_H

#include "base/hak_size_class.h"
#include "probes/hakmem_site.h"
#include "slab/block_list.h"
#include "telemetry/class_stats.h"

struct hak_heap;

/* Counted in both directions, so that each of malloc and free has its question answered by the flags of
 * one subtraction. A list that a program tied into a ring (a second free) ends with its count. */
struct hak_cache {
  void *head;    /* blocks linked through their first word */
  int32_t room;  /* blocks that may still come before it spills */
  int32_t count; /* blocks there are; both together are the target, 0 until the thread has a heap */
};

/* Of a mid-size class; all that a hit needs to know lies together. */
struct hak_pool_cache {
  struct hak_cache k;
  uint32_t bytes; /* of a block */
  int32_t low;    /* the least blocks there were since the last look */
};

/* What only slow paths and mid-size classes need lies in the thread's heap: thread-local data is scarce
 * where a library is loaded late, and each thread's stack pays for it. */
struct hak_more {
  struct hak_pool_cache pool[HAK_POOL_CLASSES];
  int32_t pool_room;             /* bytes that may still come into these caches before they are looked at */
  int32_t pool_most;             /* what they hold then (free_magazine.c) */
  uint8_t spills[HAK_CLASSES];   /* see free_magazine.c */
  uint8_t borrowed[HAK_CLASSES]; /* see refill_p0.c */
  uint8_t slow_paths;            /* see give_back.c */
};

struct hak_tls {
  struct hak_cache cache[HAK_TINY_CLASSES];
  struct hak_more *pool; /* the same while mid-size blocks come straight from there; NULL: see hak_block.h */
  struct hak_more *more; /* the heap's */
  struct hak_heap *heap; /* NULL before the first miss and after thread exit */
  bool exiting;          /* the thread's heap was given up once: it never keeps one again */
};

/* Initial-exec: the library is there from program start, and the general model costs 9% here. */
extern HAK_INTERNAL __thread struct hak_tls hak_tls __attribute__((tls_model("initial-exec")));

HAK_INLINE uint32_t unified_cache_count(const struct hak_cache *k) { return (uint32_t)k->count; }
HAK_INLINE uint32_t unified_cache_target(const struct hak_cache *k) { return (uint32_t)(k->room + k->count); }
/* The calling thread's cache of any class; it has a heap, or the class is a tiny one. */
HAK_INLINE struct hak_cache *unified_cache_of(unsigned c) {
  return c < HAK_TINY_CLASSES ? &hak_tls.cache[c] : &hak_tls.more->pool[c - HAK_TINY_CLASSES].k;
}
/* The block of it that the thread would hand out next, NULL for none. */
HAK_INLINE const void *unified_cache_head(unsigned c) {
  return c < HAK_TINY_CLASSES || hak_tls.more != NULL ? unified_cache_of(c)->head : NULL;
}
/* Bytes in all of the thread's caches of mid-size classes. */
HAK_INLINE int32_t unified_cache_pool_bytes(const struct hak_more *more) { return more->pool_most - more->pool_room; }
HAK_INLINE void unified_cache_set_count(unsigned c, uint32_t count) {
  struct hak_cache *k = unified_cache_of(c);
  int32_t more = (int32_t)count - k->count;
  k->room -= more;
  k->count = (int32_t)count;
  if (c < HAK_TINY_CLASSES) return;
  struct hak_pool_cache *p = &hak_tls.more->pool[c - HAK_TINY_CLASSES];
  hak_tls.more->pool_room -= more * (int32_t)p->bytes;
  if (k->count < p->low) p->low = k->count;
}

/* The cache of a tiny class for the fast paths, by its tag. On x86-64 the address stays relative to the
 * thread's segment, which
 * takes two instructions less; compilers do not form that from a subscript. Sanitizers take such
 * an address for a plain one. And back to the class, so that slow paths alone pay for it. */
_Static_assert(sizeof(struct hak_cache) == 1 << HAK_TAG_SHIFT && offsetof(struct hak_tls, cache) == 0,
               "a tag is the offset of its class's cache");
#if defined __x86_64__ && defined __LP64__ && defined __SEG_FS && !HAK_SANITIZED
# define HAK_OF_THREAD __seg_fs
HAK_INLINE struct hak_cache HAK_OF_THREAD *unified_cache_of_tag(size_t tag) {
  __asm__("addq hak_tls@gottpoff(%%rip), %0" : "+r"(tag) : : "cc");
  return (struct hak_cache HAK_OF_THREAD *)tag;
}
HAK_INLINE unsigned unified_cache_class(const struct hak_cache HAK_OF_THREAD *k) {
  size_t less = -(size_t)k; /* linkers know addq here, not subq */
  __asm__("addq hak_tls@gottpoff(%%rip), %0" : "+r"(less) : : "cc");
  return (unsigned)(-less >> HAK_TAG_SHIFT);
}
#else
# define HAK_OF_THREAD
HAK_INLINE struct hak_cache *unified_cache_of_tag(size_t tag) {
  return (struct hak_cache *)((char *)hak_tls.cache + tag);
}
HAK_INLINE unsigned unified_cache_class(const struct hak_cache *k) { return (unsigned)(k - hak_tls.cache); }
#endif

/* What happens around a thread reaches from its caches up to everything that caches: hakmem_init.c
 * does it, the topmost file; here is only its name, for those below who notice.
 *
 * The thread's heap, made or adopted at its first miss; NULL with errno ENOMEM. */
HAK_INTERNAL struct hak_heap *hak_thread_start(void);
HAK_INLINE struct hak_heap *hak_thread_heap(void) {
  return likely(hak_tls.heap != NULL) ? hak_tls.heap : hak_thread_start();
}
/* Everything the thread cached goes back, its heap becomes an orphan. Destructors of other keys and
 * libc itself may still allocate and free: a free then passes its block on at once, and an
 * allocation borrows a heap and ends with this call again. */
HAK_INTERNAL void hak_thread_end(void);

/* A block of the class, or NULL on a miss. */
HAK_INLINE void *unified_cache_pop(struct hak_cache HAK_OF_THREAD *k, unsigned c) {
  if (unlikely(--k->count < 0)) {
    k->count = 0;
    return NULL;
  }
  void *b = k->head;
  k->head = link_get(b);
  k->room++;
  TINY_CLASS_STATS_HIT(c);
  UNIFIED_CACHE_MEASURE_HIT(c);
  return b;
}

/* The same of a mid-size class. */
HAK_INLINE void *unified_cache_pool_pop(struct hak_more *more, unsigned c) {
  struct hak_pool_cache *p = &more->pool[c - HAK_TINY_CLASSES];
  if (unlikely(p->k.count == 0)) return NULL;
  void *b = p->k.head;
  p->k.head = link_get(b);
  p->k.room++;
  if (--p->k.count < p->low) p->low = p->k.count;
  more->pool_room += (int32_t)p->bytes;
  TINY_CLASS_STATS_HIT(c);
  UNIFIED_CACHE_MEASURE_HIT(c);
  return b;
}

/* The same out of the calling thread's cache of any class. */
HAK_INLINE void *unified_cache_take(unsigned c) {
  if (c < HAK_TINY_CLASSES) return unified_cache_pop(unified_cache_of_tag((size_t)c << HAK_TAG_SHIFT), c);
  return likely(hak_tls.more != NULL) ? unified_cache_pool_pop(hak_tls.more, c) : NULL;
}

/* Puts a block in; true if the cache now wants to spill. */
HAK_INLINE bool unified_cache_push(struct hak_cache *k, unsigned c, void *b) {
  link_set(b, k->head);
  k->head = b;
  k->count++;
  TINY_CLASS_STATS_FREE(c);
  return unlikely(--k->room < 0);
}

#endif
