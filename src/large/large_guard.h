/* SPDX-License-Identifier: MIT */
/* large_guard.h: what a hardened build does around a large block. All of it is called under the lock of
 * large.c, but for guard_bytes, guard_lay_out and guard_map_room.
 *
 *   | guard page | zero | block | zero, less than the alignment | guard page | room to grow |
 *
 * The block ends as close to the guard page as its alignment allows, so that an overflow traps;
 * the zero bytes around it are looked at when it is freed. A freed mapping is forbidden as a
 * whole and its address space kept for a while: a late access traps, a second free is known. */
#ifndef LARGE_GUARD_H
#define LARGE_GUARD_H

#include "large/large_mapping.h"

#if HAKMEM_HARDENED_COMPILED
/* What to map for a block. */
HAK_INTERNAL size_t guard_bytes(size_t size, size_t alignment);
/* Puts it there: at least so many bytes are mapped, and zero. live: so many other blocks are. */
HAK_INTERNAL void guard_lay_out(size_t size, size_t alignment, size_t live, struct mapping *m);
/* The same with untouchable room to grow as much again: for a block that realloc grows, which starts at a
 * page instead of ending at one. */
HAK_INTERNAL bool guard_map_room(size_t size, struct mapping *m);
/* The block gets so many bytes where it is; false where there is no room. Looks around it first. */
HAK_INTERNAL bool guard_resize(struct mapping *m, size_t size);
/* Ends the program where the bytes around the block were written to. */
HAK_INTERNAL void guard_check(const struct mapping *m);
/* Whether a block was freed at this address a while ago. */
HAK_INTERNAL bool guard_retired(uintptr_t block);
/* Keeps the mapping's address space; what has to leave for it, to be unmapped, goes to gone (room
 * for GONE_MAX + 1); their count. */
HAK_INTERNAL unsigned guard_retire(const struct mapping *m, struct mapping *gone);
/* Some of what is kept so, for memory ran out: to gone, room for GONE_MAX; their count, 0 for none left. */
HAK_INTERNAL unsigned guard_give_up(struct mapping *gone);
#endif

#endif
