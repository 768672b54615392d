/* SPDX-License-Identifier: MIT */
/* remote_target.h: the remote target queue: batches of blocks on their way to the
 * heap that owns their slabs. One lock-free queue for each heap; many threads push, whoever
 * holds the heap's lock takes all.
 *
 * g_remote_target_len[class] is flow control (phase 34b): a pusher that finds more than the
 * bound waiting drains the owner's queue for it, so that a sleeping owner never hoards. */
#ifndef REMOTE_TARGET_H
#define REMOTE_TARGET_H

#include "heap/hak_heap.h"

/* Blocks of each class that wait in all queues together. */
HAK_INTERNAL extern _Atomic int64_t g_remote_target_len[HAK_CLASSES];

/* One batch of count blocks of class c, all owned by the heap. */
HAK_INTERNAL void remote_target_push(struct hak_heap *owner, unsigned c, void *first, uint32_t count);
/* Drains the queue in the owner's stead, unless somebody holds its lock. */
HAK_INTERNAL void remote_target_look_after(struct hak_heap *owner);
/* Everything that waits goes into its slabs. Under the heap's lock. */
HAK_INTERNAL void remote_target_drain(struct hak_heap *heap);

#if HAKMEM_CHECKS
/* Nothing may push meanwhile. */
HAK_INTERNAL void remote_target_check(struct hak_heap *heap);
#endif

#endif
