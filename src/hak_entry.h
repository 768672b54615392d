/* SPDX-License-Identifier: MIT */
/* hak_entry.h: what the entry points' files share. Topmost layer. */
#ifndef HAK_ENTRY_H
#define HAK_ENTRY_H

#include "base/hak_config.h"

/* First use of anything: arena, thread key, settings. False with errno ENOMEM where there is no memory. */
HAK_INTERNAL bool hak_init(void);
/* Memory ran out: everything that can goes back to the kernel, addresses too. */
HAK_INTERNAL void hak_reclaim(void);
HAK_INTERNAL void *hak_alloc_aligned(size_t alignment, size_t size);
/* Usable bytes; ends the program where block is none of ours. */
HAK_INTERNAL size_t hak_usable(const void *block);
#if HAKMEM_CHECKS
/* Every box's invariants; ends the program with "check: ..." where one is broken. The caller makes
 * sure that no other thread is in the allocator; of the threads' own boxes the calling thread's
 * are looked at. */
HAK_INTERNAL void hak_check_all(void);
#endif

#endif
