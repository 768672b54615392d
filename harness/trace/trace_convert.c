/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_convert.c: see trace_convert.h. */
#include "harness/trace/trace_convert.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "harness/trace/block_map.h"
#include "harness/trace/raw_format.h"

struct raw_record {
  enum raw_op op;
  uint64_t seq, address, size;
  unsigned align_log2;
};

struct slot_list {
  uint64_t *slots;
  size_t count, room;
};

/* A recorded thread: its chunks, and its next record. */
struct source {
  struct chunk_place {
    uint64_t first;
    size_t at;
  } * chunks; /* by their first numbers */
  size_t chunk_count, chunk_room, chunk_next;
  const uint8_t *p, *end; /* in the chunk of now */
  uint64_t seq, address;
  struct raw_record record;
  bool more;              /* record holds one */
  int64_t number;         /* in the trace, -1: none now */
  bool ended;             /* what comes now is called by destructors at the thread's end */
  struct slot_list empty; /* slots that this thread emptied last */
  uint64_t moving_slot;   /* between REALLOC_BEGIN and its end */
  uint64_t moving_address;
  bool moving;
};

struct converter {
  const uint8_t *data;
  size_t size;
  struct source *sources;
  size_t source_count;
  struct block_map live;
  uint64_t slot_count;
  uint32_t number_count;
  uint32_t *free_numbers;
  size_t free_number_count;
  uint64_t next_seq;
  struct trace_writer writer;
};

/* A thread takes slots that it emptied itself, so that a replay need not wait for another thread;
 * where those pile up with one thread and another one has none, it takes theirs. */
enum { SLOTS_TO_SPARE = 4096 };

static int push(struct slot_list *l, uint64_t slot) {
  if (l->count == l->room) {
    size_t room = l->room > 0 ? 2 * l->room : 16;
    uint64_t *p = reallocarray(l->slots, room, sizeof *p);
    if (p == NULL) return -ENOMEM;
    l->slots = p;
    l->room = room;
  }
  l->slots[l->count++] = slot;
  return 0;
}

static uint64_t take_slot(struct converter *c, struct source *s) {
  if (s->empty.count > 0) return s->empty.slots[--s->empty.count];
  for (size_t i = 0; i < c->source_count; i++)
    if (c->sources[i].empty.count > SLOTS_TO_SPARE || (!c->sources[i].more && c->sources[i].empty.count > 0))
      return c->sources[i].empty.slots[--c->sources[i].empty.count];
  return c->slot_count++;
}

static int add_chunk(struct converter *c, uint64_t thread, struct chunk_place place) {
  if (thread >= c->source_count) {
    size_t count = (size_t)thread + 1;
    struct source *p = reallocarray(c->sources, count, sizeof *p);
    if (p == NULL) return -ENOMEM;
    memset(p + c->source_count, 0, (count - c->source_count) * sizeof *p);
    for (size_t i = c->source_count; i < count; i++) p[i].number = -1;
    c->sources = p;
    c->source_count = count;
  }
  struct source *s = &c->sources[thread];
  if (s->chunk_count == s->chunk_room) {
    size_t room = s->chunk_room > 0 ? 2 * s->chunk_room : 8;
    struct chunk_place *p = reallocarray(s->chunks, room, sizeof *p);
    if (p == NULL) return -ENOMEM;
    s->chunks = p;
    s->chunk_room = room;
  }
  s->chunks[s->chunk_count++] = place;
  return 0;
}

static int by_first(const void *a, const void *b) {
  uint64_t x = ((const struct chunk_place *)a)->first, y = ((const struct chunk_place *)b)->first;
  return x < y ? -1 : x > y;
}

/* The chunks of one region. */
static int index_region(struct converter *c, size_t at, size_t end) {
  while (end - at >= sizeof(struct raw_chunk)) {
    struct raw_chunk head;
    memcpy(&head, c->data + at, sizeof head);
    if (head.magic == 0) return 0; /* the rest was not used */
    /* more threads than chunks fit cannot be: the recorder numbers them from 0 */
    if (head.magic != RAW_MAGIC || head.bytes > end - at - sizeof head || head.thread > c->size / sizeof head) {
      c->writer.header.incomplete = 1;
      return 0;
    }
    if (add_chunk(c, head.thread, (struct chunk_place){ head.first, at }) != 0) return -ENOMEM;
    at += (sizeof head + head.bytes + 7) & ~(size_t)7;
    if (at > end) return 0;
  }
  return 0;
}

static int index_chunks(struct converter *c, struct error *err) {
  for (size_t at = RAW_REGIONS_AT; at < c->size; at += RAW_REGION_BYTES) {
    size_t end = c->size - at < RAW_REGION_BYTES ? c->size : at + RAW_REGION_BYTES;
    if (index_region(c, at, end) != 0) return error_set_errno(err, -ENOMEM, "no memory for the recording");
  }
  for (size_t i = 0; i < c->source_count; i++)
    if (c->sources[i].chunk_count > 1)
      qsort(c->sources[i].chunks, c->sources[i].chunk_count, sizeof c->sources[i].chunks[0], by_first);
  return 0;
}

static bool parse_record(struct source *s) {
  struct raw_record *r = &s->record;
  uint64_t seq, address, size = 0;
  unsigned op = *s->p++;
  const uint8_t *p = trace_get_varint(s->p, s->end, &seq);
  if (p != NULL) p = trace_get_varint(p, s->end, &address);
  bool sized = op == RAW_MALLOC || op == RAW_CALLOC || op == RAW_MEMALIGN || op == RAW_REALLOC_END;
  if (p != NULL && sized) p = trace_get_varint(p, s->end, &size);
  if (p == NULL || op >= RAW_OPS) return false;
  s->p = p;
  s->seq += seq;
  s->address += (uint64_t)trace_unzigzag(address);
  *r = (struct raw_record){ (enum raw_op)op, s->seq, s->address, size >> 6, (unsigned)(size & 63) };
  /* what the recorder never writes: blocks at 0, alignments and sizes that no malloc serves */
  if (r->address == 0) return !sized || op == RAW_REALLOC_END;
  return !sized || (r->align_log2 <= TRACE_ALIGN_LOG2_MAX && r->size <= TRACE_SIZE_MAX);
}

/* The thread's next record into s->record. */
static void advance(struct converter *c, struct source *s) {
  for (;;) {
    while (s->p == s->end) {
      struct raw_chunk head;
      if (s->chunk_next == s->chunk_count) {
        s->more = false;
        return;
      }
      const uint8_t *at = c->data + s->chunks[s->chunk_next++].at;
      memcpy(&head, at, sizeof head);
      s->p = at + sizeof head;
      s->end = s->p + head.bytes;
      s->seq = head.first;
      s->address = 0;
    }
    s->more = parse_record(s);
    if (s->more) return;
    c->writer.header.incomplete = 1;
    s->p = s->end;
  }
}

/* The number can be another thread's from here on. */
static int release_number(struct converter *c, struct source *s) {
  if (s->number < 0) return 0;
  uint32_t *p = reallocarray(c->free_numbers, c->free_number_count + 1, sizeof *p);
  if (p == NULL) return -ENOMEM;
  c->free_numbers = p;
  c->free_numbers[c->free_number_count++] = (uint32_t)s->number;
  s->number = -1;
  return 0;
}

static int emit(struct converter *c, struct source *s, enum trace_op op, const struct raw_record *r, uint64_t slot,
                struct error *err) {
  if (s->number < 0) s->number = c->free_number_count > 0 ? c->free_numbers[--c->free_number_count] : c->number_count++;
  struct trace_event e = {
    .op = op, .thread = (uint32_t)s->number, .size = r->size, .slot = slot, .align_log2 = r->align_log2
  };
  if (op == TRACE_FREE) e.size = 0;
  int rc = trace_writer_add(&c->writer, &e, err);
  return rc == 0 && s->ended ? release_number(c, s) : rc;
}

static int allocation(struct converter *c, struct source *s, enum trace_op op, const struct raw_record *r,
                      struct error *err) {
  uint64_t lost_slot;
  int rc = 0;
  if (block_map_take(&c->live, r->address, &lost_slot)) { /* its free is missing: it must have been freed */
    c->writer.header.incomplete = 1;
    rc = emit(c, s, TRACE_FREE, r, lost_slot, err);
    if (rc == 0 && push(&s->empty, lost_slot) != 0) rc = -ENOMEM;
  }
  uint64_t slot = take_slot(c, s);
  if (rc == 0) rc = emit(c, s, op, r, slot, err);
  return rc != 0 ? rc : block_map_put(&c->live, r->address, slot);
}

static int release(struct converter *c, struct source *s, const struct raw_record *r, struct error *err) {
  uint64_t slot;
  if (!block_map_take(&c->live, r->address, &slot)) {
    c->writer.header.unmatched++;
    return 0;
  }
  int rc = emit(c, s, TRACE_FREE, r, slot, err);
  return rc != 0 ? rc : push(&s->empty, slot);
}

static int realloc_end(struct converter *c, struct source *s, const struct raw_record *r, struct error *err) {
  struct raw_record old = *r;
  int rc;
  old.address = s->moving_address;
  if (!s->moving) { /* of a block that we never saw: from here on we know it */
    if (r->address == 0) return 0;
    c->writer.header.unmatched++;
    return allocation(c, s, TRACE_MALLOC, r, err);
  }
  s->moving = false;
  if (r->address == 0 && r->size == 0) { /* realloc(p, 0) of glibc frees */
    rc = emit(c, s, TRACE_FREE, r, s->moving_slot, err);
    return rc != 0 ? rc : push(&s->empty, s->moving_slot);
  }
  if (r->address == 0) { /* it failed: the block is where it was */
    c->writer.header.failed++;
    return block_map_put(&c->live, old.address, s->moving_slot);
  }
  rc = emit(c, s, TRACE_REALLOC, r, s->moving_slot, err);
  uint64_t lost_slot;
  if (rc == 0 && block_map_take(&c->live, r->address, &lost_slot)) {
    c->writer.header.incomplete = 1;
    rc = emit(c, s, TRACE_FREE, r, lost_slot, err);
    if (rc == 0) rc = push(&s->empty, lost_slot);
  }
  return rc != 0 ? rc : block_map_put(&c->live, r->address, s->moving_slot);
}

static int convert_record(struct converter *c, struct source *s, struct error *err) {
  const struct raw_record *r = &s->record;
  if (r->seq != c->next_seq) c->writer.header.incomplete = 1;
  c->next_seq = r->seq + 1;
  switch (r->op) {
  case RAW_MALLOC: return allocation(c, s, TRACE_MALLOC, r, err);
  case RAW_CALLOC: return allocation(c, s, TRACE_CALLOC, r, err);
  case RAW_MEMALIGN: return allocation(c, s, TRACE_MEMALIGN, r, err);
  case RAW_FREE: return release(c, s, r, err);
  case RAW_REALLOC_BEGIN:
    s->moving_address = r->address;
    s->moving = block_map_take(&c->live, r->address, &s->moving_slot);
    return 0;
  case RAW_REALLOC_END: return realloc_end(c, s, r, err);
  case RAW_FAILED: c->writer.header.failed++; return 0;
  case RAW_THREAD_END: s->ended = true; return release_number(c, s);
  default: return 0;
  }
}

/* The records of all threads in the order of their numbers: a run from one thread at a time, up
 * to the least number that any other has. */
static int merge(struct converter *c, struct error *err) {
  for (size_t i = 0; i < c->source_count; i++) advance(c, &c->sources[i]);
  for (;;) {
    struct source *first = NULL;
    uint64_t second = UINT64_MAX;
    for (size_t i = 0; i < c->source_count; i++) {
      struct source *s = &c->sources[i];
      if (!s->more) continue;
      if (first == NULL || s->record.seq < first->record.seq) {
        if (first != NULL) second = first->record.seq;
        first = s;
      } else if (s->record.seq < second) second = s->record.seq;
    }
    if (first == NULL) return 0;
    do {
      int rc = convert_record(c, first, err);
      if (rc == -ENOMEM) error_set_errno(err, rc, "no memory for the recording");
      if (rc != 0) return rc;
      advance(c, first);
    } while (first->more && first->record.seq < second);
  }
}

static void converter_free(struct converter *c) {
  for (size_t i = 0; i < c->source_count; i++) {
    free(c->sources[i].chunks);
    free(c->sources[i].empty.slots);
  }
  free(c->sources);
  free(c->free_numbers);
  block_map_free(&c->live);
  if (c->data != NULL) munmap((void *)(uintptr_t)c->data, c->size);
  free(c);
}

int trace_convert(int raw_fd, int out_fd, struct trace_header *header, struct error *err) {
  struct stat st;
  struct raw_header head;
  struct converter *c = calloc(1, sizeof *c);
  if (c == NULL) return error_set_errno(err, -ENOMEM, "no memory for the recording");
  int rc = fstat(raw_fd, &st) != 0 ? error_set_errno(err, -errno, "the recording") : 0;
  if (rc == 0 && (size_t)st.st_size < sizeof head)
    rc = error_raise(err, ERROR_UNMEASURED, -ENODATA, "nothing was recorded");
  if (rc == 0) {
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, raw_fd, 0);
    if (p == MAP_FAILED) rc = error_set_errno(err, -errno, "cannot map the recording");
    else c->data = p, c->size = (size_t)st.st_size;
  }
  if (rc == 0) {
    memcpy(&head, c->data, sizeof head);
    if (head.magic != RAW_MAGIC) rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "this is not a recording");
  }
  if (rc == 0) rc = trace_writer_begin(&c->writer, out_fd, err);
  if (rc == 0) rc = index_chunks(c, err);
  if (rc == 0) rc = merge(c, err);
  if (rc == 0 && (head.limit_reached || head.stopped)) c->writer.header.incomplete = 1;
  if (rc == 0) rc = trace_writer_finish(&c->writer, err);
  if (rc == 0) *header = c->writer.header;
  converter_free(c);
  return rc;
}
