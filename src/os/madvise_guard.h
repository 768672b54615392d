/* SPDX-License-Identifier: MIT */
/* madvise_guard.h: giving pages back. Owns the rule that only whole pages inside the arena
 * are ever given back, and that errno survives it. */
#ifndef MADVISE_GUARD_H
#define MADVISE_GUARD_H

#include "base/hak_config.h"

/* The range's whole pages read as zero afterwards and cost nothing. False where the kernel refuses
 * (pages that the program locked into memory): then any of them may be as before. */
HAK_INTERNAL bool madvise_guard_release(void *start, size_t bytes);

#endif
