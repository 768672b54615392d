/* SPDX-License-Identifier: MIT */
/* hakmem.h: HAKMEM's prefixed API. Linked or preloaded, the library also provides the whole
 * malloc family under its usual names; these are the same functions under names of their own,
 * for programs that want both allocators (sanitizer builds export only these). */
#ifndef HAKMEM_H
#define HAKMEM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As malloc(3), calloc(3), realloc(3), free(3): NULL with errno ENOMEM on exhaustion; blocks are
 * aligned to 16 bytes. */
void *hak_malloc(size_t size);
void *hak_calloc(size_t count, size_t size);
void *hak_realloc(void *block, size_t size);
void *hak_reallocarray(void *block, size_t count, size_t size);
void hak_free(void *block);
/* C23: the size (and alignment) must be those that the block was asked for with. */
void hak_free_sized(void *block, size_t size);
void hak_free_aligned_sized(void *block, size_t alignment, size_t size);
/* As posix_memalign(3) and its kin. */
int hak_posix_memalign(void **block, size_t alignment, size_t size);
void *hak_aligned_alloc(size_t alignment, size_t size);
void *hak_memalign(size_t alignment, size_t size);
void *hak_valloc(size_t size);
void *hak_pvalloc(size_t size);
/* Bytes that may be used in the block, at least what was asked for. */
size_t hak_malloc_usable_size(const void *block);
/* Gives unused pages back to the kernel; returns 1 if some were, else 0. pad is ignored. */
int hak_malloc_trim(size_t pad);
/* As mallinfo2(3); <malloc.h> declares the struct. arena: bytes of slabs handed out; hblks, hblkhd:
 * blocks above 64 KB and their bytes; uordblks: bytes of blocks in use or in a cache; fordblks:
 * bytes free in slabs. The rest is 0. */
struct mallinfo2;
struct mallinfo2 hak_mallinfo2(void);
/* The same and more as JSON (schema hakmem.stats/1), as snprintf(3) does it: up to size bytes with the
 * final NUL into buffer, which may be NULL where size is 0; the length that all of it has. */
size_t hak_stats_json(char *buffer, size_t size);
/* Sets how much memory is kept for what comes next, for the whole process, from now on; 0, or -1 with errno
 * ENOENT for a name that there is not, ERANGE for a value that is out of bounds (doc/memory.md):
 *   "keep_percent"        of what was in use lately may be kept besides by all stores: 0 to 1000 (16)
 *   "keep_bytes"          and so many bytes: 0 to 2^40 (4194304)
 *   "thread_cache_bytes"  what a thread may hold of free blocks of 1 to 64 KB: 0 to 2^30 (4194304) */
int hak_tune(const char *name, size_t value);
/* Prints the compiled-in telemetry to stderr; nothing in a default build. */
void hak_stats_print(void);

#ifdef __cplusplus
}
#endif
#endif
