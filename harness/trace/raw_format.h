/* SPDX-License-Identifier: GPL-3.0-or-later */
/* raw_format.h: what libhakmem-record.so hands to `hakmem-harness record`.
 *
 * A scratch file of one process: struct raw_header, then from RAW_REGIONS_AT on regions of
 * RAW_REGION_BYTES. A region holds chunks, one behind the other, up to a head without the magic
 * or its end; a chunk holds records of one thread, in the order of that thread's calls. Threads
 * write through shared mappings of their regions, so that a program that crashes loses nothing. A
 * record is
 *
 *     byte     op, an enum raw_op
 *     varint   sequence number - that of the record before in this chunk (raw_chunk.first for
 *              the first one); numbers count the calls of all threads
 *     varint   address - address of the record before, zigzag (0 at the chunk's start)
 *     varint   size * 64 + log2 of the alignment, for RAW_MALLOC, RAW_CALLOC, RAW_MEMALIGN and
 *              RAW_REALLOC_END
 *
 * An allocation takes its number after the allocator gave the block, a release before the
 * allocator gets it back, so that in the order of numbers no address is live twice. realloc is
 * both: it has a record before and one after. */
#ifndef HARNESS_TRACE_RAW_FORMAT_H
#define HARNESS_TRACE_RAW_FORMAT_H

#include <stdint.h>

#define RAW_MAGIC UINT32_C(0x57524b48)      /* "HKRW" in memory */
#define RAW_ENV_FILE "HAKMEM_RECORD_FILE"   /* where to write; unset: the library only passes through */
#define RAW_ENV_LIMIT "HAKMEM_RECORD_LIMIT" /* most records; unset: no limit */

enum raw_op {
  RAW_MALLOC,
  RAW_CALLOC,
  RAW_MEMALIGN,
  RAW_FREE,
  RAW_REALLOC_BEGIN, /* releases the old block */
  RAW_REALLOC_END,   /* the new one; address 0: realloc failed, the old block stays */
  RAW_FAILED,        /* an allocation that returned NULL */
  RAW_THREAD_END,    /* the thread's number may be used again */
  RAW_OPS,
};

struct raw_header {
  uint32_t magic;
  int32_t pid;                     /* the process that records; it starts anew after an execve */
  uint32_t limit_reached, stopped; /* calls were left out: by the limit; because the file could not grow */
  uint32_t ended;                  /* by exit, _exit or quick_exit of the program that was recorded */
};

struct raw_chunk {
  uint32_t magic, bytes;
  uint64_t thread;
  uint64_t first;
};

enum { RAW_REGIONS_AT = 4096, RAW_REGION_BYTES = 32768, RAW_RECORD_MAX = 40 };

#endif
