/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_reader.c: see trace_reader.h. */
#include "harness/trace/trace_reader.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

static int damage(struct trace_reader *r, uint64_t offset, const char *why) {
  r->bad_offset = offset;
  r->why = why;
  return -EBADMSG;
}

void trace_reader_rewind(struct trace_reader *r) {
  r->p = r->chunk_end = r->data + sizeof(struct trace_header);
  r->events = r->slot = r->slots_seen = 0;
  r->chunk_left = r->thread = r->threads_seen = 0;
  r->ended = false;
  if (r->live != NULL) memset(r->live, 0, r->live_bytes);
}

int trace_reader_open(struct trace_reader *r, const void *data, size_t size) {
  struct trace_header *h = &r->header;
  memset(r, 0, sizeof *r);
  r->data = data;
  r->size = size;
  if (size < sizeof h->magic || memcmp(data, &(uint64_t){ TRACE_MAGIC }, sizeof h->magic) != 0)
    return damage(r, 0, "this is not a trace");
  if (size < sizeof *h) return damage(r, size, "the file ends in its header");
  memcpy(h, data, sizeof *h);
  if (h->crc != trace_crc32(0, data, offsetof(struct trace_header, crc))) return damage(r, 0, "the header is damaged");
  if (h->version != TRACE_VERSION || h->header_bytes != sizeof *h)
    return damage(r, 8, "the trace is of another version");
  /* a record has 3 bytes at least, and each thread and slot needs one */
  if (h->events > size) return damage(r, size, "the file is shorter than its header promises");
  if (h->threads > h->events || h->slots > h->events) return damage(r, 0, "the header's counts do not fit");
  r->live_bytes = (size_t)(h->slots / 8 + 1);
  void *live = mmap(NULL, r->live_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (live == MAP_FAILED) return -ENOMEM;
  r->live = live;
  trace_reader_rewind(r);
  return 0;
}

/* The head and the sum of the chunk at p. */
static int enter_chunk(struct trace_reader *r) {
  struct trace_chunk c;
  size_t at = (size_t)(r->p - r->data), left = r->size - at;
  if (left < sizeof c) return damage(r, r->size, "the file ends between chunks");
  memcpy(&c, r->p, sizeof c);
  if (c.magic != TRACE_CHUNK_MAGIC) return damage(r, at, "no chunk begins here");
  if (c.bytes > TRACE_CHUNK_BYTES) return damage(r, at, "the chunk's length is damaged");
  if (left - sizeof c < c.bytes) return damage(r, at, "the file ends in this chunk");
  if (c.crc != trace_crc32(trace_crc32(0, r->p, offsetof(struct trace_chunk, crc)), r->p + sizeof c, c.bytes))
    return damage(r, at, "the checksum of this chunk is wrong");
  if ((c.events == 0) != (c.bytes == 0)) return damage(r, at, "the chunk's counts do not fit");
  r->p += sizeof c;
  r->chunk_end = r->p + c.bytes;
  r->chunk_left = c.events;
  r->thread = 0;
  r->slot = 0;
  if (c.events > 0) return 0;
  r->ended = true;
  if (r->p != r->data + r->size) return damage(r, at + sizeof c, "something stands behind the end");
  if (r->events != r->header.events || r->threads_seen != r->header.threads || r->slots_seen != r->header.slots)
    return damage(r, at, "the header's counts do not fit");
  return 0;
}

int trace_reader_next(struct trace_reader *r, struct trace_event *e) {
  if (r->ended) return 0;
  if (r->chunk_left == 0) {
    if (r->p != r->chunk_end) return damage(r, (uint64_t)(r->p - r->data), "the chunk holds more than its records");
    int rc = enter_chunk(r);
    if (rc != 0 || r->ended) return rc;
  }
  const uint8_t *p = r->p, *end = r->chunk_end;
  uint64_t v, offset = (uint64_t)(p - r->data);
  if (p == end) return damage(r, offset, "a record is missing");
  unsigned head = *p++;
  memset(e, 0, sizeof *e);
  e->op = (enum trace_op)(head & 7);
  if (e->op >= TRACE_OPS || head > 15) return damage(r, offset, "unknown operation");
  if (head & 8) {
    if ((p = trace_get_varint(p, end, &v)) == NULL || v > r->threads_seen || v >= r->header.threads)
      return damage(r, offset, "unknown thread");
    r->thread = (uint32_t)v;
  }
  if (r->thread >= r->header.threads) return damage(r, offset, "unknown thread"); /* no thread at all */
  if (r->thread >= r->threads_seen) r->threads_seen = r->thread + 1;
  e->thread = r->thread;
  if (e->op == TRACE_MEMALIGN) {
    if (p == end || *p > TRACE_ALIGN_LOG2_MAX) return damage(r, offset, "impossible alignment");
    e->align_log2 = *p++;
  }
  if (e->op != TRACE_FREE) {
    if ((p = trace_get_varint(p, end, &e->size)) == NULL || e->size > TRACE_SIZE_MAX)
      return damage(r, offset, "impossible size");
  }
  if ((p = trace_get_varint(p, end, &v)) == NULL) return damage(r, offset, "the record is cut off");
  e->slot = r->slot + (uint64_t)trace_unzigzag(v); /* wraps where damaged: seen in the next line */
  if (e->slot >= r->header.slots || e->slot > r->slots_seen) return damage(r, offset, "unknown block");
  if (e->slot == r->slots_seen) r->slots_seen++; /* numbered in the order of first use */
  bool live = r->live[e->slot / 8] >> (e->slot % 8) & 1, wanted = e->op == TRACE_FREE || e->op == TRACE_REALLOC;
  if (live != wanted)
    return damage(r, offset, live ? "a live block is allocated again" : "a block that is not live is used");
  if (e->op != TRACE_REALLOC) r->live[e->slot / 8] ^= (uint8_t)(1u << (e->slot % 8));
  r->slot = e->slot;
  r->p = p;
  r->chunk_left--;
  if (++r->events > r->header.events) return damage(r, offset, "more records than the header promises");
  return 1;
}

void trace_reader_close(struct trace_reader *r) {
  if (r->live != NULL) munmap(r->live, r->live_bytes);
  r->live = NULL;
}

const char *trace_op_name(enum trace_op op) {
  static const char *const names[] = { "malloc", "calloc", "memalign", "realloc", "free" };
  return op < TRACE_OPS ? names[op] : "?";
}
