/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_reader.h: reads a trace (trace_format.h) out of memory, trusting nothing in it.
 *
 * Needs libc alone and never allocates by malloc: the runner that replays a trace must not
 * disturb the malloc that it measures. */
#ifndef HARNESS_TRACE_TRACE_READER_H
#define HARNESS_TRACE_TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/trace/trace_format.h"

struct trace_event {
  enum trace_op op;
  unsigned align_log2; /* of TRACE_MEMALIGN */
  uint32_t thread;
  uint64_t size; /* 0 for TRACE_FREE */
  uint64_t slot;
};

struct trace_reader {
  const uint8_t *data;
  size_t size;
  struct trace_header header;
  /* of damage: */
  uint64_t bad_offset; /* of the part that does not fit: chunk or record */
  const char *why;
  /* internal */
  const uint8_t *p, *chunk_end;
  uint64_t events, slot, slots_seen;
  uint32_t chunk_left, thread, threads_seen;
  uint8_t *live; /* a bit for each slot */
  size_t live_bytes;
  bool ended;
};

/* Checks the header. 0; -EBADMSG (bad_offset, why); -ENOMEM. data stays the caller's and must
 * live as long as the reader. */
int trace_reader_open(struct trace_reader *r, const void *data, size_t size);
/* 1: *event is the next one; 0: the end, and all is well; -EBADMSG. Each chunk is checked before
 * its first record is given out. */
int trace_reader_next(struct trace_reader *r, struct trace_event *event);
/* Back to the first event. */
void trace_reader_rewind(struct trace_reader *r);
void trace_reader_close(struct trace_reader *r);
const char *trace_op_name(enum trace_op op);

#endif
