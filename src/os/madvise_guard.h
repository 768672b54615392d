/* SPDX-License-Identifier: MIT */
/* madvise_guard.h: giving pages back. Owns the rule that only whole pages inside the arena
 * are ever given back, and that errno survives it. */
#ifndef MADVISE_GUARD_H
#define MADVISE_GUARD_H

#include "base/hak_config.h"

/* The range's whole pages read as zero afterwards and cost nothing. False where the kernel refuses:
 * then they are as before. By a new mapping in place of the old one: what madvise(2) says it did
 * cannot be relied on everywhere. */
HAK_INTERNAL bool madvise_guard_release(void *start, size_t bytes);

#endif
