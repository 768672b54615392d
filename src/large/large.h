/* SPDX-License-Identifier: MIT */
/* large.h: blocks above 64 KB, and every block with an alignment that the arena cannot
 * give: a mapping each, found by its address in a table, so that a foreign pointer is known as
 * such. A few freed mappings are kept for the next request (large_kept.c); in a hardened build
 * each block lies against a guard page, and freed mappings stay forbidden ground for a while
 * (large_guard.c). */
#ifndef LARGE_H
#define LARGE_H

#include "base/hak_config.h"

/* Zeroed where *zeroed says so; zeroed is NULL where nobody asks. NULL with errno ENOMEM. */
HAK_INTERNAL void *large_alloc(size_t size, size_t alignment, bool *zeroed);
/* Makes a block's first bytes zero that large_alloc said were not; see memory.md. */
HAK_INTERNAL void large_clear(void *block, size_t bytes);
/* False where p is no large block (then nothing is done). */
HAK_INTERNAL bool large_free(void *p);
/* Usable bytes, 0 where p is no large block. */
HAK_INTERNAL size_t large_size(const void *p);
/* Grows or shrinks in place or by moving pages; NULL where that can't be done (p is unchanged). */
HAK_INTERNAL void *large_realloc(void *p, size_t size);
/* Gives the kept mappings back; bytes given. */
HAK_INTERNAL size_t large_trim(void);
/* Gives back what is kept because it was wanted, where that is long ago. */
HAK_INTERNAL void large_tick(void);
/* Memory ran out: where addresses are limited, no block has room behind it any more. */
HAK_INTERNAL void large_tighten(void);
HAK_INTERNAL size_t large_bytes(size_t *count);
/* Bytes of large blocks in use, and what is kept of others, or of earlier ones behind them, at a glance: no lock, a
 * hint. */
HAK_INTERNAL size_t large_live(void);
HAK_INTERNAL size_t large_kept(void);
/* So much of what earlier blocks touched may stay resident behind later ones, all together. */
HAK_INTERNAL void large_slack_most(size_t bytes);
/* Of what is kept so many bytes go back, the oldest first; bytes given. */
HAK_INTERNAL size_t large_shed(size_t bytes);
HAK_INTERNAL void large_lock_all(void);
HAK_INTERNAL void large_unlock_all(void);

#if HAKMEM_CHECKS
/* The table of large blocks and the kept mappings. */
HAK_INTERNAL void large_check(void);
#endif

#endif
