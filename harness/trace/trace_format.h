/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_format.h: the file of a recorded trace, byte for byte.
 *
 * All numbers are little-endian. A file is a header, chunks, and an end chunk:
 *
 *     header   64 bytes: struct trace_header; crc is over the 60 bytes before it
 *     chunk    16 bytes: struct trace_chunk, then `bytes` bytes of records; crc is over the first
 *              12 bytes of the chunk's head and the records. Records do not cross chunks.
 *     end      a chunk with events = bytes = 0; nothing comes behind it
 *
 * Records are in the order in which the calls happened, over all threads. A record is
 *
 *     byte     op in bits 0..2; bit 3: the thread is not that of the record before; rest 0
 *     varint   the thread, if bit 3 is set; threads are numbered in the order of first use
 *     byte     log2 of the alignment, for TRACE_MEMALIGN alone
 *     varint   size, for all but TRACE_FREE
 *     varint   block - block of the record before, zigzag (0 -1 1 -2 … as 0 1 2 3 …)
 *
 * At a chunk's start the record before has thread and block 0. A block is the number of a slot
 * (numbered in the order of first use) that holds at most one live block: an allocation fills an
 * empty one, free empties it, realloc
 * keeps it. Varints are LEB128 of at most 10 bytes. The CRC is CRC-32 as of zlib. */
#ifndef HARNESS_TRACE_TRACE_FORMAT_H
#define HARNESS_TRACE_TRACE_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define TRACE_MAGIC UINT64_C(0x31434152544d4b48) /* "HKMTRAC1" in memory */
#define TRACE_CHUNK_MAGIC UINT32_C(0x4b4e4843)   /* "CHNK" in memory */
enum {
  TRACE_VERSION = 1,
  TRACE_CHUNK_BYTES = 65536, /* most bytes of records in a chunk */
  TRACE_RECORD_MAX = 48,     /* more than the longest record */
  TRACE_ALIGN_LOG2_MAX = 40,
};
#define TRACE_SIZE_MAX (UINT64_C(1) << 48)

enum trace_op {
  TRACE_MALLOC,
  TRACE_CALLOC,
  TRACE_MEMALIGN,
  TRACE_REALLOC,
  TRACE_FREE,
  TRACE_OPS,
};

struct trace_header {
  uint64_t magic;
  uint32_t version, header_bytes;
  uint64_t events;
  uint32_t threads, reserved;
  uint64_t slots;      /* blocks are 0 .. slots - 1 */
  uint64_t failed;     /* calls that returned NULL: not in the trace */
  uint64_t unmatched;  /* frees of blocks whose allocation was not seen: not in the trace */
  uint32_t incomplete; /* 1: the limit of events was reached, or a part of the recording is missing */
  uint32_t crc;
};

struct trace_chunk {
  uint32_t magic, bytes, events, crc;
};

_Static_assert(sizeof(struct trace_header) == 64 && offsetof(struct trace_header, crc) == 60, "trace_header");
_Static_assert(sizeof(struct trace_chunk) == 16, "trace_chunk");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the structs are read and written as they are");

/* What a thread calls on average: the steps of one turn of a replay. */
static inline uint64_t trace_ops_per_thread(const struct trace_header *h) {
  return h->threads > 0 ? (h->events + h->threads - 1) / h->threads : 0;
}

/* crc of what came before (0 at the start), then these bytes. */
uint32_t trace_crc32(uint32_t crc, const void *data, size_t size);

/* Writes v at p; the byte behind it. At most 10 bytes. */
static inline uint8_t *trace_put_varint(uint8_t *p, uint64_t v) {
  while (v >= 0x80) {
    *p++ = (uint8_t)(v | 0x80);
    v >>= 7;
  }
  *p++ = (uint8_t)v;
  return p;
}

/* Reads at p, not beyond end; the byte behind it, NULL where no whole varint of 64 bits is. */
static inline const uint8_t *trace_get_varint(const uint8_t *p, const uint8_t *end, uint64_t *v) {
  *v = 0;
  for (unsigned shift = 0; p < end && shift < 64; shift += 7) {
    uint64_t bits = *p & 0x7f;
    if (shift == 63 && bits > 1) return NULL;
    *v |= bits << shift;
    if (!(*p++ & 0x80)) return p;
  }
  return NULL;
}

static inline uint64_t trace_zigzag(int64_t v) { return (uint64_t)v << 1 ^ (uint64_t)(v >> 63); }
static inline int64_t trace_unzigzag(uint64_t v) { return (int64_t)(v >> 1 ^ (0 - (v & 1))); }

#endif
