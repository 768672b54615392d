/* SPDX-License-Identifier: MIT */
/* large_parked.h: addresses of freed mappings that could not, or should not, be unmapped: without pages,
 * they wait for a block that fits. All of this is called under the lock of large.c. */
#ifndef LARGE_PARKED_H
#define LARGE_PARKED_H

#include "base/hak_config.h"

/* zero: all of it reads as zero. False: there is no memory to note it in. */
HAK_INTERNAL bool parked_add(uintptr_t start, size_t bytes, bool zero);
/* One of at least *bytes, and what it has; 0 for none. */
HAK_INTERNAL uintptr_t parked_take(size_t *bytes, bool *zero);
/* Any; 0 for none. */
HAK_INTERNAL uintptr_t parked_take_any(size_t *bytes, bool *zero);

#endif
