/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_writer.h: writes a trace (trace_format.h), in memory bounded by one chunk. */
#ifndef HARNESS_TRACE_TRACE_WRITER_H
#define HARNESS_TRACE_TRACE_WRITER_H

#include "harness/core/error.h"
#include "harness/trace/trace_reader.h"

struct trace_writer {
  int fd;
  struct trace_header header;
  uint64_t bytes, slot;
  uint32_t thread, chunk_events;
  size_t used;
  uint8_t chunk[sizeof(struct trace_chunk) + TRACE_CHUNK_BYTES];
};

/* Begins at fd's start; fd stays the caller's. 0 or negative errno, here and below. */
int trace_writer_begin(struct trace_writer *w, int fd, struct error *err);
/* Events in the order of the calls; threads numbered by first use, slots as in the format. */
int trace_writer_add(struct trace_writer *w, const struct trace_event *event, struct error *err);
/* The last chunk, the end chunk, and the header with its counts: failed, unmatched and incomplete
 * of w->header are the caller's to set before. */
int trace_writer_finish(struct trace_writer *w, struct error *err);

#endif
