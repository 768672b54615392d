/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_writer.c: see trace_writer.h. */
#include "harness/trace/trace_writer.h"

#include <string.h>
#include <unistd.h>

static int write_at(struct trace_writer *w, const void *data, size_t size, uint64_t offset, struct error *err) {
  const uint8_t *p = data;
  while (size > 0) {
    ssize_t n = pwrite(w->fd, p, size, (off_t)offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return error_set_errno(err, n < 0 ? -errno : -EIO, "cannot write the trace");
    p += n;
    size -= (size_t)n;
    offset += (uint64_t)n;
  }
  return 0;
}

static void start_chunk(struct trace_writer *w) {
  w->used = sizeof(struct trace_chunk);
  w->chunk_events = 0;
  w->thread = 0;
  w->slot = 0;
}

static int put_chunk(struct trace_writer *w, struct error *err) {
  struct trace_chunk c = { TRACE_CHUNK_MAGIC, (uint32_t)(w->used - sizeof c), w->chunk_events, 0 };
  c.crc = trace_crc32(trace_crc32(0, &c, offsetof(struct trace_chunk, crc)), w->chunk + sizeof c, c.bytes);
  memcpy(w->chunk, &c, sizeof c);
  int rc = write_at(w, w->chunk, w->used, w->bytes, err);
  w->bytes += w->used;
  start_chunk(w);
  return rc;
}

int trace_writer_begin(struct trace_writer *w, int fd, struct error *err) {
  memset(w, 0, offsetof(struct trace_writer, chunk));
  w->fd = fd;
  w->header = (struct trace_header){ .magic = TRACE_MAGIC, .version = TRACE_VERSION, .header_bytes = sizeof w->header };
  w->bytes = sizeof w->header;
  start_chunk(w);
  /* zeros until the end: a trace that was not finished has no magic */
  static const uint8_t nothing[sizeof(struct trace_header)];
  return write_at(w, nothing, sizeof nothing, 0, err);
}

int trace_writer_add(struct trace_writer *w, const struct trace_event *e, struct error *err) {
  if (w->used + TRACE_RECORD_MAX > sizeof w->chunk) {
    int rc = put_chunk(w, err);
    if (rc != 0) return rc;
  }
  uint8_t *start = w->chunk + w->used, *p = start;
  *p++ = (uint8_t)((unsigned)e->op | (e->thread != w->thread ? 8u : 0u));
  if (e->thread != w->thread) p = trace_put_varint(p, e->thread);
  if (e->op == TRACE_MEMALIGN) *p++ = (uint8_t)e->align_log2;
  if (e->op != TRACE_FREE) p = trace_put_varint(p, e->size);
  p = trace_put_varint(p, trace_zigzag((int64_t)(e->slot - w->slot)));
  w->used += (size_t)(p - start);
  w->thread = e->thread;
  w->slot = e->slot;
  w->chunk_events++;
  w->header.events++;
  if (e->thread >= w->header.threads) w->header.threads = e->thread + 1;
  if (e->slot >= w->header.slots) w->header.slots = e->slot + 1;
  return 0;
}

int trace_writer_finish(struct trace_writer *w, struct error *err) {
  int rc = w->chunk_events > 0 ? put_chunk(w, err) : 0;
  if (rc == 0) rc = put_chunk(w, err); /* the end: no events */
  w->header.crc = trace_crc32(0, &w->header, offsetof(struct trace_header, crc));
  if (rc == 0) rc = write_at(w, &w->header, sizeof w->header, 0, err);
  if (rc == 0 && fsync(w->fd) != 0 && errno != EINVAL && errno != EROFS)
    rc = error_set_errno(err, -errno, "cannot write the trace");
  return rc;
}
