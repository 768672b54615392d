/* SPDX-License-Identifier: MIT */
/* superslab.h: which slabs of the arena are handed out. A run of slabs is handed out and taken back
 * under one lock; its pages are the warm pool's or the kernel's while it is free. */
#ifndef SUPERSLAB_H
#define SUPERSLAB_H

#include "slab/arena.h"

/* A run of slabs for blocks of one class, or for spans (HAK_RUN_SPANS_…), zero or dirty pages; NULL
 * with errno ENOMEM when the arena is used up. The maps of a run say that nothing is taken. */
HAK_INTERNAL struct hak_slab *superslab_acquire(unsigned run);
/* Takes back a run without a used block; pages go to the warm pool or back to the kernel. */
HAK_INTERNAL void superslab_release(struct hak_slab *slab);
/* Gives the pages of all free runs back; bytes given. */
HAK_INTERNAL size_t superslab_trim(void);
/* Memory ran out: all free slabs are joined to runs as long as can be, and their addresses go back where
 * they are limited; bytes of addresses. */
HAK_INTERNAL size_t superslab_close(void);
/* Gives back what was not needed for a while. */
HAK_INTERNAL void superslab_tick(void);
HAK_INTERNAL void superslab_lock_all(void);
HAK_INTERNAL void superslab_unlock_all(void);
/* Bytes of runs handed out, for mallinfo2. */
HAK_INTERNAL size_t superslab_bytes(void);
/* The same, and what the warm pool keeps, at a glance: no lock, a hint. */
HAK_INTERNAL size_t superslab_live(void);
HAK_INTERNAL size_t superslab_kept(void);
/* Warm runs of so many bytes go back, runs of so many slabs last; bytes given. */
HAK_INTERNAL size_t superslab_shed(size_t bytes, unsigned spare_slabs);

#if HAKMEM_CHECKS
/* Every run's metadata, the tags, the free runs, the warm pool. */
HAK_INTERNAL void superslab_check(void);
/* Slabs from this index on were never handed out. Nothing else may run meanwhile. */
HAK_INTERNAL size_t superslab_slabs_touched(void);
#endif

#endif
