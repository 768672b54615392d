/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_upper_boxes.c: heap, batch refill, free magazine, spill queue, remote target queue,
 * superslab free and large blocks, each by its own interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "alloc_test.h"
#include "cache/free_magazine.h"
#include "cache/refill_p0.h"
#include "cache/spill_queue.h"
#include "hakmem.h"
#include "heap/hak_heap.h"
#include "heap/remote_target.h"
#include "heap/superslab_free.h"
#include "large/large.h"
#include "os/os_memory.h"
#include "slab/block_list.h"
#include "slab/superslab.h"
#include "thread/unified_cache.h"

enum { CLASS = 4, SIZE = 64 };

/* Every test starts with nothing out but what it makes itself. */
static int begin(void **state) {
  (void)state;
  assert_non_null(hak_thread_heap());
  hak_malloc_trim(0);
  assert_int_equal(superslab_bytes(), 0);
  return 0;
}

static void *pop(unsigned c) { return unified_cache_take(c); }

static void test_batch(void **state) {
  (void)state;
  int here;
  for (uint64_t n = 0; n <= HAK_BATCH_MAX; n += 4681) {
    uint64_t word = batch_pack(&here, n);
    assert_ptr_equal(batch_pointer(word), &here);
    assert_int_equal(batch_high(word), n);
  }
  assert_null(batch_pointer(batch_pack(NULL, 77)));
}

static void test_refill_and_cache(void **state) {
  (void)state;
  struct hak_cache *k = &hak_tls.cache[CLASS];
  uint32_t target = unified_cache_target(k);
  void *b = p0_refill(CLASS);
  assert_non_null(b);
  assert_int_equal(arena_class_of(b), CLASS);
  assert_true(unified_cache_target(k) >= target); /* a miss grows the target */
  assert_true(unified_cache_count(k) <= unified_cache_target(k) / 2 + 1);
  struct hak_slab *s = arena_of(b);
  assert_ptr_equal(atomic_load(&s->owner), hak_tls.heap);
  assert_int_equal(s->used, unified_cache_count(k) + 1);
  /* fresh memory is cut a page at a time */
  assert_true(s->carved * SIZE <= 4096);
  /* the cache is last in, first out */
  uint32_t count = unified_cache_count(k);
  assert_false(unified_cache_push(k, CLASS, b));
  assert_int_equal(unified_cache_count(k), count + 1);
  assert_ptr_equal(pop(CLASS), b);
  void *all[1000];
  uint32_t n = 0;
  while ((all[n] = pop(CLASS)) != NULL) n++;
  assert_int_equal(n, count);
  assert_int_equal(unified_cache_count(k), 0);
  for (uint32_t i = 0; i < n; i++) unified_cache_push(k, CLASS, all[i]);
  unified_cache_push(k, CLASS, b);
  magazine_flush(CLASS);
  assert_int_equal(unified_cache_count(k), 0);
  assert_null(k->head);
  assert_int_equal(superslab_bytes(), 0);
}

static void test_magazine_targets(void **state) {
  (void)state;
  for (unsigned c = 1; c < HAK_CLASSES; c++) {
    uint32_t target = magazine_first_target(c), cap;
    assert_in_range(target, 2, 16);
    for (int i = 0; i < 40; i++) {
      uint32_t grown = magazine_grow_target(c, target);
      assert_true(grown >= target);
      target = grown;
    }
    cap = target;
    assert_int_equal(magazine_grow_target(c, cap), cap);
    assert_true(cap == 2 || cap * hak_class_size(c) <= (c < HAK_TINY_CLASSES ? 32768 : 1 << 20));
  }
}

/* Over its target half of a cache leaves: for the spill queue while that is short, then for the
 * slabs. The queue's length is what decides. */
static void test_magazine_spill(void **state) {
  (void)state;
  enum { BLOCKS = 4000, LIVE = 1000 }; /* a class that is hardly used would be given up, queue and all */
  static void *block[BLOCKS];
  struct hak_cache *k = &hak_tls.cache[CLASS];
  for (int i = 0; i < BLOCKS; i++) block[i] = hak_malloc(SIZE - 8);
  unsigned c = arena_class_of(block[0]); /* a build with headers takes another class */
  k = unified_cache_of(c);
  for (int i = LIVE; i < BLOCKS; i++) {
    hak_free(block[i]);
    assert_true(k->room >= 0);
  }
  uint32_t queued = atomic_load(&g_bg_spill_len[c]);
  assert_true(queued >= g_bg_spill_target[c]);
  assert_true(queued <= g_bg_spill_target[c] + magazine_grow_target(c, UINT32_MAX / 4));
  /* nothing was missed meanwhile: the thread only frees */
  assert_int_equal(unified_cache_target(k), magazine_first_target(c));
  for (int i = 0; i < LIVE; i++) hak_free(block[i]);
  /* pretend a full queue: nothing more goes there */
  unsigned other = c + 7;
  for (int i = 0; i < 300; i++) block[i] = p0_refill(other);
  atomic_store(&g_bg_spill_len[other], g_bg_spill_target[other]);
  for (int i = 0; i < 300; i++)
    if (unified_cache_push(unified_cache_of(other), other, block[i])) magazine_spill(other);
  assert_int_equal(atomic_load(&g_bg_spill_len[other]), g_bg_spill_target[other]);
  atomic_store(&g_bg_spill_len[other], 0);
  uint32_t count;
  assert_null(bg_spill_pop(other, &count));
}

static void test_spill_queue(void **state) {
  (void)state;
  static uint64_t memory[3][8] __attribute__((aligned(16)));
  uint32_t count = 0;
  assert_null(bg_spill_pop(CLASS, &count));
  for (uint32_t i = 0; i < 3; i++) {
    link_set(memory[i], NULL);
    bg_spill_push(CLASS, memory[i], i + 10); /* nobody walks the list here */
  }
  assert_int_equal(atomic_load(&g_bg_spill_len[CLASS]), 33);
  for (uint32_t i = 3; i-- > 0;) {
    assert_ptr_equal(bg_spill_pop(CLASS, &count), memory[i]);
    assert_int_equal(count, i + 10);
  }
  assert_int_equal(atomic_load(&g_bg_spill_len[CLASS]), 0);
  assert_null(bg_spill_pop(CLASS, &count));
}

static void *other_heap(void *into) {
  *(struct hak_heap **)into = hak_thread_heap();
  return hak_tls.cache[CLASS].head == NULL ? p0_refill(CLASS) : NULL;
}

static void test_heap_adoption(void **state) {
  (void)state;
  struct hak_heap *first = NULL, *second = NULL;
  pthread_t thread;
  void *block;
  pthread_create(&thread, NULL, other_heap, &first);
  pthread_join(thread, &block);
  assert_non_null(first);
  assert_ptr_not_equal(first, hak_tls.heap);
  assert_ptr_equal(hak_thread_heap(), hak_tls.heap);
  assert_true(atomic_load(&first->orphan));
  /* its slab is still its own, so whoever frees the block knows where to */
  assert_ptr_equal(atomic_load(&arena_of(block)->owner), first);
  assert_int_equal(arena_of(block)->used, 1);
  /* a push to a heap without a thread is seen to at once */
  link_set(block, NULL);
  remote_target_push(first, CLASS, block, 1);
  assert_null(atomic_load(&first->remote_head));
  assert_int_equal(atomic_load(&g_remote_target_len[CLASS]), 0);
  assert_int_equal(superslab_bytes(), 0);
  /* and the next thread gets that heap, not one more */
  pthread_create(&thread, NULL, other_heap, &second);
  pthread_join(thread, &block);
  assert_ptr_equal(first, second);
  link_set(block, NULL);
  remote_target_push(second, CLASS, block, 1);
  assert_int_equal(superslab_bytes(), 0);
}

static void test_remote_target(void **state) {
  (void)state;
  struct hak_heap *mine = hak_tls.heap;
  void *a = p0_refill(CLASS), *b = pop(CLASS);
  struct hak_slab *s = arena_of(a);
  uint32_t used = s->used;
  link_set(a, b);
  link_set(b, NULL);
  remote_target_push(mine, CLASS, a, 2);
  assert_int_equal(atomic_load(&g_remote_target_len[CLASS]), 2);
  assert_int_equal(s->used, used); /* they wait */
  hak_lock(&mine->lock);
  remote_target_drain(mine);
  hak_unlock(&mine->lock);
  assert_int_equal(atomic_load(&g_remote_target_len[CLASS]), 0);
  assert_int_equal(s->used, used - 2);
  magazine_flush(CLASS);
  assert_int_equal(superslab_bytes(), 0);
}

static void visit(struct hak_heap *heap, void *seen) {
  assert_false(hak_trylock(&heap->lock)); /* held while visited */
  if (heap == hak_tls.heap) (*(int *)seen)++;
}

static void test_heap_lists(void **state) {
  (void)state;
  int seen = 0;
  hak_heap_each(visit, &seen);
  assert_int_equal(seen, 1);
  struct hak_heap *h = hak_tls.heap;
  struct hak_slab *s[3];
  assert_null(h->room[CLASS]);
  for (int i = 0; i < 3; i++) hak_heap_list(h, s[i] = superslab_acquire(CLASS));
  assert_ptr_equal(h->room[CLASS], s[2]);
  hak_heap_unlist(h, s[1]); /* out of the middle */
  assert_ptr_equal(s[2]->next, s[0]);
  assert_ptr_equal(s[0]->prev, s[2]);
  assert_int_equal(s[1]->listed, 0);
  hak_heap_unlist(h, s[2]); /* the head */
  assert_ptr_equal(h->room[CLASS], s[0]);
  assert_null(s[0]->prev);
  hak_heap_unlist(h, s[0]);
  assert_null(h->room[CLASS]);
  for (int i = 0; i < 3; i++) superslab_release(s[i]);
}

/* A full slab is in no list, with one block back it is, with all of them back it is gone. */
static void test_superslab_free(void **state) {
  (void)state;
  enum { C = HAK_CLASS_C7 };
  struct hak_heap *h = hak_tls.heap;
  void *block[200];
  uint32_t n = 0;
  do block[n] = hak_tls.cache[C].head != NULL ? pop(C) : p0_refill(C);
  while (arena_of(block[n++])->used != 64 && n < 100);
  struct hak_slab *s = arena_of(block[0]);
  assert_int_equal(s->capacity, 64);
  for (void *b; (b = pop(C)) != NULL;) block[n++] = b;
  assert_int_equal(n, 64);
  assert_int_equal(s->listed, 0);
  hak_lock(&h->lock);
  superslab_free(h, block[0], C);
  assert_int_equal(s->used, 63);
  assert_int_equal(s->listed, 1);
  assert_ptr_equal(h->room[C], s);
  for (uint32_t i = 1; i < 64; i++) superslab_free(h, block[i], C);
  hak_unlock(&h->lock);
  assert_null(h->room[C]);
  assert_int_equal(superslab_bytes(), 0);
}

static void test_large_blocks(void **state) {
  (void)state;
  size_t count, none, bytes = large_bytes(&none);
  bool zeroed = false;
  char *p = large_alloc(300000, 16, &zeroed);
  assert_non_null(p);
  assert_true(zeroed);
  assert_true(large_size(p) >= 300000);
  assert_true(large_bytes(&count) >= bytes + 300000);
  assert_int_equal(count, none + 1);
  /* only the block's own address is known */
  assert_int_equal(large_size(p + 4096), 0);
  assert_false(large_free(p + 4096));
  assert_false(large_free(p + 16));
  assert_false(large_free(NULL));
  assert_false(large_free((void *)1));
  assert_false(large_free(&count));
  memset(p, 9, 300000);
  assert_true(large_free(p));
#if !HAKMEM_HARDENED_COMPILED /* which ends the program at a second free, and keeps no mapping */
  assert_false(large_free(p));
  /* the mapping is kept, and says that it is not zero */
  char *q = large_alloc(300000, 16, &zeroed);
  assert_ptr_equal(q, p);
  assert_false(zeroed);
  memset(q, 5, 300000);
  char *grown = large_realloc(q, 3000000);
  assert_non_null(grown);
  assert_int_equal(grown[299999], 5);
  assert_true(large_size(grown) >= 3000000);
  assert_true(large_free(grown));
#endif
  for (size_t alignment = 8192; alignment <= (size_t)1 << 24; alignment *= 4) {
    p = large_alloc(10000, alignment, &zeroed);
    assert_int_equal((uintptr_t)p % alignment, 0);
    assert_true(large_size(p) >= 10000);
    assert_true(large_free(p));
  }
  /* more of them than the table starts with, freed in another order */
  enum { MANY = 1500 };
  static void *many[MANY];
  for (int i = 0; i < MANY; i++) many[i] = large_alloc(70000 + (size_t)i * 100, 16, &zeroed);
  for (int i = 0; i < MANY; i++) assert_true(large_size(many[i]) >= 70000 + (size_t)i * 100);
  for (int i = 0; i < MANY; i++) assert_true(large_free(many[i * 7 % MANY]));
  large_bytes(&count);
  assert_int_equal(count, none);
#if !HAKMEM_HARDENED_COMPILED
  assert_true(large_trim() > 0);
#endif
  assert_int_equal(large_trim(), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)
#if !HAKMEM_HARDENED_COMPILED /* which keeps no mapping */
enum { LARGE_MB = 1 << 20 };

/* A life of a block; whether it got a mapping that had one before. */
static bool large_life(size_t size, size_t written) {
  bool zeroed;
  char *p = large_alloc(size, 16, &zeroed);
  assert_non_null(p);
  memset(p, 1, written);
  p[size - 1] = 1;
  assert_true(large_free(p));
  return !zeroed;
}

static void test_large_kept(void **state) {
  (void)state;
  large_trim();
  /* nothing else is live: the bound is 1 MB */
  assert_false(large_life(20 * LARGE_MB, 20 * LARGE_MB));
  assert_int_equal(large_trim(), 0);
  assert_false(large_life(500000, 1));
  for (int i = 0; i < 40; i++) assert_true(large_life(500000, 1));
  assert_true(large_trim() > 0);
  /* what had to leave and is wanted again is kept from then on, up to 256 MB */
  assert_false(large_life(20 * LARGE_MB, 1));
  assert_false(large_life(20 * LARGE_MB, 1));
  int lives = 0; /* more where the machine stood still for longer than it is regretted */
  while (lives < 1000 && !large_life(20 * LARGE_MB, 1)) lives++;
  assert_true(lives < 1000);
  large_trim();
  for (int i = 0; i < 4; i++) assert_false(large_life(300 * LARGE_MB, 300 * LARGE_MB));
  assert_int_equal(large_trim(), 0);
  /* what is wanted larger each time is not */
  for (size_t size = LARGE_MB; size < 64 * LARGE_MB; size *= 2) assert_false(large_life(size, size));
  large_trim();
  /* what may be resident throughout serves half of it at least */
  size_t some;
  char *held = large_alloc(100 * LARGE_MB, 16, &(bool){ false });
  assert_non_null(held);
  assert_true(large_bytes(&some) >= 100 * LARGE_MB);
  assert_false(large_life(12 * LARGE_MB, 12 * LARGE_MB));
  assert_false(large_life(5 * LARGE_MB, 1));
  assert_true(large_life(9 * LARGE_MB, 1));
  assert_true(large_free(held));
  large_trim();
  /* clearing a long block leaves it without pages, and a short one as it is */
  for (int is_long = 0; is_long < 2; is_long++) {
    size_t size = is_long ? 900000 : 100000, pages = (size + 4095) / 4096;
    bool zero;
    for (int i = 0; i < 3; i++) large_life(size, size);
    char *cleared = large_alloc(size, 16, &zero);
    assert_false(zero);
    large_clear(cleared, size);
    assert_int_equal(test_resident_pages(cleared, size), is_long ? 1 : pages); /* the last one is written */
    for (size_t i = 0; i < size; i++)
      if (cleared[i] != 0) fail_msg("byte %zu is not zero", i);
    assert_true(large_free(cleared));
    large_trim();
  }
  /* the address space behind a block is room to grow in, but not usable before */
  bool zeroed;
  size_t count, bytes = large_bytes(&count);
  char *p = large_alloc(5 * LARGE_MB, 16, &zeroed);
  assert_int_equal(large_size(p), 5 * LARGE_MB);
  assert_ptr_equal(large_realloc(p, 8 * LARGE_MB), p);
  assert_int_equal(large_size(p), 8 * LARGE_MB);
  assert_int_equal(large_bytes(&count), bytes + 8 * LARGE_MB);
  /* where the kernel refuses the room, a block gets what it needs; where it refuses that, what is kept goes */
  ss_os_fail_countdown = 1;
  char *q = large_alloc(5 * LARGE_MB, 16, &zeroed);
  assert_non_null(q);
  assert_true(large_free(q));
  ss_os_fail_countdown = 1;
  q = large_alloc(8 * LARGE_MB, 16, &zeroed);
  assert_non_null(q);
  assert_int_equal(ss_os_fail_countdown, 0);
  assert_int_equal(large_trim(), 0);
  assert_true(large_free(q)); /* stays while as much is live */
  assert_true(large_trim() > 0);
  assert_true(large_free(p));
  assert_int_equal(large_trim(), 0);
}

/* Pages that the program locked into memory and freed like that are cleared all the same. */
static void test_large_locked(void **state) {
  (void)state;
  enum { BYTES = 4 * LARGE_MB };
  bool zeroed;
  char *held = large_alloc(2 * BYTES, 16, &zeroed), *p = large_alloc(BYTES, 16, &zeroed); /* so much may stay */
  assert_non_null(held);
  assert_non_null(p);
  for (size_t i = 0; i < BYTES; i += 65536) p[i] = 1;
  if (mlock(p + LARGE_MB, 4096) != 0) skip();
  assert_true(large_free(p));
  assert_ptr_equal(large_alloc(BYTES, 16, &zeroed), p);
  assert_false(zeroed);
  large_clear(p, BYTES);
  for (size_t i = 0; i < BYTES; i++)
    if (p[i] != 0) fail_msg("byte %zu is not zero", i);
  assert_true(large_free(p));
  assert_true(large_free(held));
  large_trim();
}

static long mapped_pages(void) {
  long pages = 0;
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%ld", &pages) != 1) fail_msg("/proc/self/statm");
  fclose(f);
  return pages;
}

/* Where all that is mapped is resident at once, a mapping has no room for later blocks. */
static void test_large_all_locked(void **state) {
  (void)state;
  enum { BYTES = 5 * LARGE_MB };
  bool zeroed;
  large_trim();
  if (mlockall(MCL_FUTURE) != 0) skip();
  long before = mapped_pages();
  char *p = large_alloc(BYTES, 16, &zeroed);
  long with = mapped_pages();
  char *grown = large_realloc(p, 2 * BYTES);
  long more = mapped_pages();
  munlockall();
  assert_non_null(p);
  assert_non_null(grown);
  if (with - before > BYTES / 4096 + 64 || more - before > 2 * BYTES / 4096 + 64)
    fail_msg("there is room behind the block");
  assert_true(large_free(grown));
  large_trim();
}

/* A program that does nothing but move blocks: addresses that are none are still told from them. */
static void test_large_moves(void **state) {
  (void)state;
  enum { MOVES = 1000, SMALL = 147456, GROWN = 400000 };
  bool zeroed;
  int moved = 0;
  static void *wall[MOVES];
  char *p = large_alloc(SMALL, 16, &zeroed);
  assert_non_null(p);
  for (int i = 0; i < MOVES; i++) {
    assert_ptr_equal(large_realloc(p, SMALL), p);
    wall[i] = mmap(p + SMALL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    char *grown = large_realloc(p, GROWN);
    assert_non_null(grown);
    moved += grown != p;
    p = grown;
  }
  assert_true(moved > 300);
  alarm(20); /* a search without an end must not hold up the tests */
  assert_int_equal(large_size(&moved), 0);
  for (uintptr_t page = 1; page < 5000; page++) assert_int_equal(large_size((void *)(page << 12)), 0);
  alarm(0);
  for (int i = 0; i < MOVES; i++)
    if (wall[i] != MAP_FAILED) munmap(wall[i], 4096);
  assert_true(large_free(p));
  large_trim();
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
    TEST(test_batch),
    TEST(test_refill_and_cache),
    TEST(test_magazine_targets),
    TEST(test_magazine_spill),
    TEST(test_spill_queue),
    TEST(test_heap_adoption),
    TEST(test_remote_target),
    TEST(test_heap_lists),
    TEST(test_superslab_free),
#if !HAKMEM_HARDENED_COMPILED
    TEST(test_large_moves), /* while the table is small */
#endif
    TEST(test_large_blocks),
#if !HAKMEM_HARDENED_COMPILED
    TEST(test_large_kept),
    TEST(test_large_locked),
    TEST(test_large_all_locked),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
