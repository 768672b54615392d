/* SPDX-License-Identifier: MIT */
/* hardened.h: what --enable-hardened puts around every block. Compiled out, nothing.
 *
 * An arena block, the program's address p at least 16 bytes into it:
 *
 *   block          p - 8                  p              p + size
 *   | link (free)  | size, sum, state     | the program's | canary, up to 128 bytes | zero
 *
 * The header's sum is keyed by a secret and by p, so that only an address which was handed out
 * passes. A freed block is zeroed and waits in the thread's quarantine; a byte that is not zero
 * when it leaves it, or when it is handed out again, was written after the free. Blocks above
 * 64 KB lie against a guard page (large.c); malloc(0) gives an address without memory.
 *
 * Owns the header, the canary, the quarantine and the addresses of size zero. */
#ifndef HARDENED_H
#define HARDENED_H

#include "base/hak_config.h"

#if HAKMEM_HARDENED_COMPILED
/* size bytes, all zero, at a multiple of alignment (a power of two, 16 or more); NULL with errno
 * ENOMEM. */
HAK_INTERNAL void *hardened_alloc(size_t size, size_t alignment);
/* p may be NULL. Ends the program where p is not what hardened_alloc gave or its surroundings
 * were written to. */
HAK_INTERNAL void hardened_free(void *p);
/* The size asked for plus one; 0 where p is no block in use. */
HAK_INTERNAL size_t hardened_usable(const void *p);
/* The calling thread's quarantine is looked at and emptied: thread exit, malloc_trim. */
HAK_INTERNAL void hardened_flush(void);
/* Program exit: looks at the calling thread's quarantine and leaves it. */
HAK_INTERNAL void hardened_exit_check(void);

/* Addresses of size zero: cells of a region without memory, so that any access traps. */
HAK_INTERNAL void *hardened_zero_alloc(void);        /* NULL where all are taken or there is no room */
HAK_INTERNAL bool hardened_zero_free(const void *p); /* false where p is none */
HAK_INTERNAL bool hardened_zero_owns(const void *p); /* in use */

/* Waits for its turn to be given back. p: the program's address of the block. */
HAK_INTERNAL void hardened_quarantine_put(void *block, unsigned c);
# if HAKMEM_CHECKS
/* The calling thread's quarantine. */
HAK_INTERNAL void hardened_check(void);
# endif
#endif

#endif
