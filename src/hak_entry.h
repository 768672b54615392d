/* SPDX-License-Identifier: MIT */
/* hak_entry.h: what the entry points' files share. Topmost layer. */
#ifndef HAK_ENTRY_H
#define HAK_ENTRY_H

#include "hak_config.h"

HAK_INTERNAL void *hak_alloc_aligned(size_t alignment, size_t size);
/* Usable bytes; ends the program where block is none of ours. */
HAK_INTERNAL size_t hak_usable(const void *block);

#endif
