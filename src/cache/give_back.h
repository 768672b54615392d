/* SPDX-License-Identifier: MIT */
/* give_back.h: when what was not needed for a while is given back: there is no thread for it, so the
 * slow paths of all threads look at the clock now and then. */
#ifndef GIVE_BACK_H
#define GIVE_BACK_H

#include <stdatomic.h>

#include "base/hak_config.h"

/* Called at the end of each slow path, with no lock held: at every 16th of a thread's what was not
 * needed for a while is given back. */
HAK_INTERNAL void give_back_tick(void);
/* Called after memory was got that had not been ours, or may not have been: where what is in use and what
 * all stores keep is more than was in use lately, and a little, some of what is kept goes back. First of
 * all stores but the one that was just asked in vain: runs of so many slabs, or, for 0, large blocks. */
HAK_INTERNAL void give_back_balance(unsigned slabs);
/* The bounds of that: percent of what was in use lately, and bytes. */
HAK_INTERNAL extern _Atomic size_t give_back_more_percent, give_back_more_bytes;
/* large_alloc() with that. */
HAK_INTERNAL void *give_back_large_alloc(size_t size, size_t alignment, bool *zeroed);

#endif
