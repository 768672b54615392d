/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_queues.c: stress of the two lock-free queues: the background spill queue (many push, many
 * pop) and the remote target queue (many push, whoever holds the heap's lock drains). Every block
 * that goes in comes out once: none lost, none twice, counts of batches true, lengths end at 0.
 *
 * usage: test_queues [STEPS of each thread] */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "alloc_test.h"
#include "cache/spill_queue.h"
#include "front/hak_block.h"
#include "hak_entry.h"
#include "hakmem.h"
#include "heap/hak_heap.h"
#include "heap/remote_target.h"
#include "slab/block_list.h"

enum { THREADS = 4, BLOCKS = 96, CLASS = 2 };
static long steps = 100000;
static char *base;                           /* THREADS * BLOCKS blocks of 32 bytes */
static _Atomic int holder[THREADS * BLOCKS]; /* who has a block: thread + 1, 0 in the queue */

static size_t number_of(const void *block) {
  size_t offset = (size_t)((const char *)block - base);
  if (offset % 32 != 0 || offset / 32 >= THREADS * BLOCKS)
    test_die("%p came out of the queue and never went in", block);
  return offset / 32;
}

static void take(void *block, int thread) {
  int nobody = 0;
  if (!atomic_compare_exchange_strong(&holder[number_of(block)], &nobody, thread + 1))
    test_die("block %zu came out twice: threads %d and %d", number_of(block), nobody - 1, thread);
}

static void give(void *block, int thread) {
  int me = thread + 1;
  if (!atomic_compare_exchange_strong(&holder[number_of(block)], &me, 0)) test_die("the test gave away a block twice");
}

/* Each thread holds some blocks; it links random batches of them, pushes, pops, keeps what came. */
static void *spill_work(void *argument) {
  int me = (int)(intptr_t)argument;
  uint64_t r = (uint64_t)me + 77;
  void *mine[THREADS * BLOCKS];
  size_t n = 0;
  for (int i = 0; i < BLOCKS; i++) {
    mine[n++] = base + (size_t)(me * BLOCKS + i) * 32;
    take(mine[n - 1], me);
  }
  for (long step = 0; step < steps; step++) {
    if (n > 0 && test_random(&r) % 2 == 0) {
      uint32_t count = (uint32_t)(test_random(&r) % (n < 7 ? n : 7)) + 1;
      void *first = NULL;
      for (uint32_t i = 0; i < count; i++) {
        void *b = mine[--n];
        give(b, me);
        link_set(b, first);
        first = b;
      }
      bg_spill_push(CLASS, first, count);
    } else {
      uint32_t count = 0, seen = 0;
      void *b = bg_spill_pop(CLASS, &count);
      for (void *next; b != NULL; b = next, seen++) {
        next = link_get(b);
        take(b, me);
        mine[n++] = b;
        /* what a program does with a block: it writes all of it */
        memset(b, 0xee, 32);
      }
      if (seen != count) test_die("a batch of %u blocks said to be of %u", seen, count);
    }
  }
  for (size_t i = 0; i < n; i++) {
    give(mine[i], me);
    link_set(mine[i], NULL);
    bg_spill_push(CLASS, mine[i], 1);
  }
  return NULL;
}

static void run_threads(void *(*work)(void *)) {
  pthread_t thread[THREADS];
  for (intptr_t i = 0; i < THREADS; i++)
    if (pthread_create(&thread[i], NULL, work, (void *)i) != 0) test_die("pthread_create");
  for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
}

static void spill_stress(void) {
  if (!hak_init()) test_die("no arena");
  size_t bytes = THREADS * BLOCKS * 32;
  base = hak_malloc(bytes);
  memset(base, 0, bytes);
  run_threads(spill_work);
  uint32_t waiting = atomic_load(&g_bg_spill_len[CLASS]), count, found = 0;
  if (waiting != THREADS * BLOCKS) test_die("the length says %u of %d blocks", waiting, THREADS * BLOCKS);
  for (void *b; (b = bg_spill_pop(CLASS, &count)) != NULL;)
    for (void *next; b != NULL; b = next, found++) {
      next = link_get(b);
      take(b, 0);
    }
  if (found != THREADS * BLOCKS) test_die("%u of %d blocks are left: some were lost", found, THREADS * BLOCKS);
  if (atomic_load(&g_bg_spill_len[CLASS]) != 0)
    test_die("an empty queue has the length %u", atomic_load(&g_bg_spill_len[CLASS]));
  hak_free(base);
}

/* The remote target queue holds true blocks, which drain puts into their slabs. The main thread
 * owns the slabs; the others push its blocks, and now and then drain for it. */
static _Atomic(void *) handed[1024];
static _Atomic int producer_done;
static struct hak_heap *owner;
static _Atomic long pushed;

static void *remote_work(void *argument) {
  uint64_t r = (uint64_t)(intptr_t)argument + 5;
  void *batch = NULL;
  uint32_t count = 0;
  for (;;) {
    int done = atomic_load(&producer_done);
    bool found = false;
    for (int i = 0; i < 1024; i++) {
      void *b = atomic_exchange(&handed[i], NULL);
      if (b == NULL) continue;
      found = true;
      link_set(b, batch);
      batch = b;
      if (++count > test_random(&r) % 12) {
        atomic_fetch_add(&pushed, count);
        remote_target_push(owner, CLASS, batch, count);
        batch = NULL;
        count = 0;
      }
    }
    if (test_random(&r) % 16 == 0 && hak_trylock(&owner->lock)) {
      remote_target_drain(owner);
      hak_unlock(&owner->lock);
    }
    if (done && !found) break;
  }
  if (count != 0) {
    atomic_fetch_add(&pushed, count);
    remote_target_push(owner, CLASS, batch, count);
  }
  return NULL;
}

static void *producer(void *unused) {
  (void)unused;
  pthread_t thread[THREADS];
  uint64_t r = 3;
  owner = hak_thread_heap();
  if (owner == NULL) test_die("no heap");
  for (intptr_t i = 0; i < THREADS; i++)
    if (pthread_create(&thread[i], NULL, remote_work, (void *)i) != 0) test_die("pthread_create");
  long made = 0;
  while (made < steps) {
    _Atomic(void *) *place = &handed[test_random(&r) % 1024];
    if (atomic_load(place) != NULL) {
      sched_yield(); /* the others are behind */
      continue;
    }
    uint64_t *b = block_take(CLASS);
    if (b == NULL) test_die("no memory");
    b[0] = b[1] = b[2] = b[3] = (uint64_t)made;
    made++;
    atomic_store(place, b);
  }
  atomic_store(&producer_done, 1);
  for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
  if (atomic_load(&pushed) != made) test_die("%ld blocks made, %ld pushed", made, atomic_load(&pushed));
  hak_lock(&owner->lock);
  remote_target_drain(owner);
  hak_unlock(&owner->lock);
  if (atomic_load(&g_remote_target_len[CLASS]) != 0)
    test_die("an empty queue has the length %ld", (long)atomic_load(&g_remote_target_len[CLASS]));
  hak_malloc_trim(0);
  return (void *)made;
}

int main(int argc, char **argv) {
  if (argc > 1) steps = strtol(argv[1], NULL, 0);
  spill_stress();
  pthread_t thread;
  void *made;
  if (pthread_create(&thread, NULL, producer, NULL) != 0) test_die("pthread_create");
  pthread_join(thread, &made);
  hak_malloc_trim(0);
  /* a lost block would keep its slab, one that came twice would have ended the program */
  struct mallinfo2 info = hak_mallinfo2();
  if (info.arena != 0) test_die("all is freed, but %zu bytes of slabs are still out", info.arena);
  printf("%ld steps, %ld remote blocks: none lost, none twice\n", steps, (long)(intptr_t)made);
  return 0;
}
