/* SPDX-License-Identifier: MIT */
/* hak_heap.h: who owns slabs. Each thread that allocates has a heap; a heap holds, for each
 * class, the slabs that still have room. A heap outlives its thread: the next new thread adopts
 * it, so a slab's owner is always a valid heap.
 *
 * The heap's lock guards its slabs' metadata. Its thread takes it once a batch (refill, spill),
 * uncontended; others take it only to look after a heap whose thread sleeps or is gone. */
#ifndef HAK_HEAP_H
#define HAK_HEAP_H

#include <stdatomic.h>

#include "box/superslab.h"
#include "hak_config.h"
#include "hak_lock.h"

struct hak_heap {
  hak_lock_t lock;
  _Atomic bool orphan;                 /* its thread is gone; written under heaps_lock and lock */
  _Atomic(void *) remote_head;         /* batches from other threads (remote target queue) */
  struct hak_heap *next_all;           /* all heaps there ever were */
  struct hak_heap *next_orphan;
  struct hak_slab *room[HAK_CLASSES];  /* slabs with a free or uncarved block */
};

/* The thread's heap, made or adopted at need; NULL with errno ENOMEM. */
HAK_INTERNAL struct hak_heap *hak_heap_mine(void);
/* Thread exit: everything the thread cached goes back, the heap becomes an orphan. Destructors of
 * other keys and libc itself may still allocate and free: a free then passes its block on at once,
 * and an allocation borrows a heap and ends with this call again. */
HAK_INTERNAL void hak_heap_thread_exit(void);
/* Puts a slab into or takes it out of the list of those with room. Under the heap's lock. */
HAK_INTERNAL void hak_heap_list(struct hak_heap *heap, struct hak_slab *slab);
HAK_INTERNAL void hak_heap_unlist(struct hak_heap *heap, struct hak_slab *slab);
/* Calls visit for each heap, its lock held. */
HAK_INTERNAL void hak_heap_each(void (*visit)(struct hak_heap *heap, void *arg), void *arg);
/* Around fork: all locks of all heaps; in the child the other threads' heaps become orphans. */
HAK_INTERNAL void hak_heap_before_fork(void);
HAK_INTERNAL void hak_heap_after_fork(bool child);
/* Library constructor and first use: arena and thread key. False with errno on failure. */
HAK_INTERNAL bool hak_heap_init(void);

#endif
