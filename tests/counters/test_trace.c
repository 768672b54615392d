/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces: the checksum, numbers, the map of blocks against a plain model, a round trip, and
 * readers of foreign bytes fed with many damaged ones (with sums that fit, so that what is behind
 * the sums is tried too). Seeds are fixed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/trace/block_map.h"
#include "harness/trace/raw_format.h"
#include "harness/trace/trace_convert.h"
#include "harness/trace/trace_reader.h"
#include "harness/trace/trace_writer.h"
#include "harness/workloads/random.h"

enum { EVENTS = 30000, SLOTS = 300, THREADS = 5, MUTANTS = 3000, RAW_MUTANTS = 400 };

static void test_crc(void **state) {
  (void)state;
  assert_int_equal(trace_crc32(0, "123456789", 9), 0xcbf43926u); /* the check value of CRC-32 */
  assert_int_equal(trace_crc32(trace_crc32(0, "1234", 4), "56789", 5), 0xcbf43926u);
}

static void test_varint(void **state) {
  (void)state;
  const uint64_t values[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX };
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    uint8_t buf[16];
    uint64_t v;
    uint8_t *end = trace_put_varint(buf, values[i]);
    assert_true(end - buf <= 10);
    assert_ptr_equal(trace_get_varint(buf, end, &v), end);
    assert_true(v == values[i]);
    assert_null(trace_get_varint(buf, end - 1, &v));
    assert_true(trace_zigzag(trace_unzigzag(values[i])) == values[i]);
  }
  const uint8_t too_long[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02 };
  uint64_t v;
  assert_null(trace_get_varint(too_long, too_long + sizeof too_long, &v));
}

static void test_block_map(void **state) {
  (void)state;
  enum { KEYS = 2000 };
  static uint64_t model[KEYS + 1]; /* slot + 1 */
  struct block_map m = { 0 };
  uint64_t random = 9, slot;
  for (int i = 0; i < 200000; i++) {
    uint64_t r = random_next(&random), key = 1 + r % KEYS;
    assert_int_equal(block_map_take(&m, key << 4, &slot), model[key] != 0);
    if (model[key] != 0) assert_true(slot == model[key] - 1);
    model[key] = 0;
    if (r >> 63) {
      assert_int_equal(block_map_put(&m, key << 4, r >> 20), 0);
      model[key] = (r >> 20) + 1;
    }
  }
  block_map_free(&m);
}

/* A valid trace of random events, as a file's bytes. */
static uint8_t *make_trace(struct trace_event *events, size_t *size) {
  struct error err = { 0 };
  struct trace_writer *w = malloc(sizeof *w);
  struct stat st;
  bool live[SLOTS] = { false };
  uint64_t random = 3, seen = 0, used = 0;
  int fd = memfd_create("trace", 0);
  assert_int_equal(trace_writer_begin(w, fd, &err), 0);
  for (int i = 0; i < EVENTS; i++) {
    uint64_t r = random_next(&random), slot = r % (used < SLOTS ? used + 1 : SLOTS);
    struct trace_event e = { .thread = (uint32_t)((r >> 20) % (seen < THREADS ? seen + 1 : THREADS)), .slot = slot };
    if (e.thread == seen) seen++;
    if (slot == used) used++;
    if (live[slot]) e.op = r >> 60 & 1 ? TRACE_FREE : TRACE_REALLOC;
    else e.op = (enum trace_op)((r >> 40) % 3);
    if (e.op == TRACE_MEMALIGN) e.align_log2 = (unsigned)(r >> 50) % 13;
    if (e.op != TRACE_FREE) e.size = (r >> 30) % (r & 1 ? 100 : 1000000);
    live[slot] = e.op != TRACE_FREE;
    events[i] = e;
    assert_int_equal(trace_writer_add(w, &e, &err), 0);
  }
  assert_int_equal(trace_writer_finish(w, &err), 0);
  free(w);
  assert_int_equal(fstat(fd, &st), 0);
  *size = (size_t)st.st_size;
  uint8_t *data = malloc(*size);
  assert_int_equal(pread(fd, data, *size, 0), (ssize_t)*size);
  close(fd);
  return data;
}

static void test_round_trip(void **state) {
  (void)state;
  static struct trace_event events[EVENTS];
  size_t size;
  uint8_t *data = make_trace(events, &size);
  struct trace_reader r;
  struct trace_event e;
  assert_int_equal(trace_reader_open(&r, data, size), 0);
  assert_int_equal(r.header.events, EVENTS);
  assert_int_equal(r.header.threads, THREADS);
  assert_true(size > 2 * TRACE_CHUNK_BYTES); /* several chunks */
  for (int pass = 0; pass < 2; pass++) {
    for (int i = 0; i < EVENTS; i++) {
      assert_int_equal(trace_reader_next(&r, &e), 1);
      assert_memory_equal(&e, &events[i], sizeof e);
    }
    assert_int_equal(trace_reader_next(&r, &e), 0);
    assert_int_equal(trace_reader_next(&r, &e), 0);
    trace_reader_rewind(&r);
  }
  trace_reader_close(&r);
  free(data);
}

/* Reads to the end or to the damage: never beyond the bytes (a sanitizer sees that), never for
 * ever, and what comes out is in its limits. */
static int read_all(const uint8_t *data, size_t size) {
  uint8_t *exact = malloc(size > 0 ? size : 1);
  struct trace_reader r;
  struct trace_event e;
  uint64_t n = 0;
  memcpy(exact, data, size);
  int rc = trace_reader_open(&r, exact, size);
  if (rc == 0)
    while ((rc = trace_reader_next(&r, &e)) == 1) {
      assert_true(e.op < TRACE_OPS && e.thread < r.header.threads && e.slot < r.header.slots);
      assert_true(e.size <= TRACE_SIZE_MAX && e.align_log2 <= TRACE_ALIGN_LOG2_MAX);
      assert_true(++n <= r.header.events);
    }
  assert_true(rc == 0 || rc == -EBADMSG);
  if (rc == -EBADMSG) assert_true(r.bad_offset <= size && r.why != NULL);
  else assert_true(n == r.header.events);
  trace_reader_close(&r);
  free(exact);
  return rc;
}

/* Makes the sums fit again wherever heads can still be found. */
static void mend_sums(uint8_t *data, size_t size) {
  uint32_t crc = trace_crc32(0, data, offsetof(struct trace_header, crc));
  memcpy(data + offsetof(struct trace_header, crc), &crc, 4);
  for (size_t at = sizeof(struct trace_header); size - at >= sizeof(struct trace_chunk);) {
    struct trace_chunk c;
    memcpy(&c, data + at, sizeof c);
    if (c.bytes > size - at - sizeof c) return;
    crc = trace_crc32(trace_crc32(0, data + at, offsetof(struct trace_chunk, crc)), data + at + sizeof c, c.bytes);
    memcpy(data + at + offsetof(struct trace_chunk, crc), &crc, 4);
    at += sizeof c + c.bytes;
  }
}

static void mutate(uint8_t *data, size_t size, uint64_t *random) {
  for (uint64_t k = 1 + random_next(random) % 4; k > 0; k--) {
    uint64_t r = random_next(random);
    /* a third of the changes goes to the heads at the start */
    size_t at = (size_t)(r % 3 == 0 ? (r >> 8) % (size < 96 ? size : 96) : (r >> 8) % size);
    if (r & 1 << 4) data[at] ^= (uint8_t)(1u << (r >> 60 & 7));
    else data[at] = (uint8_t)(r >> 52);
  }
}

static void test_fuzz_reader(void **state) {
  (void)state;
  static struct trace_event events[EVENTS];
  size_t size;
  uint8_t *data = make_trace(events, &size), *mutant = malloc(size);
  uint64_t random = 11;
  int refused = 0;
  /* the first chunk alone is enough to try all records, and quick */
  struct trace_header h;
  struct trace_chunk c;
  memcpy(&c, data + sizeof h, sizeof c);
  size_t part = sizeof h + sizeof c + c.bytes;
  memcpy(&h, data, sizeof h);
  h.events = c.events;
  h.slots = h.threads = 0;
  for (size_t i = 0; i < c.events; i++) {
    if (events[i].slot >= h.slots) h.slots = events[i].slot + 1;
    if (events[i].thread >= h.threads) h.threads = events[i].thread + 1;
  }
  memcpy(data, &h, sizeof h);
  memcpy(data + part, &(struct trace_chunk){ .magic = TRACE_CHUNK_MAGIC }, sizeof c);
  part += sizeof c;
  mend_sums(data, part);
  assert_int_equal(read_all(data, part), 0);
  for (int i = 0; i < MUTANTS; i++) {
    memcpy(mutant, data, part);
    mutate(mutant, part, &random);
    size_t cut = random_next(&random) % 8 == 0 ? (size_t)(random_next(&random) % part) : part;
    if (i & 1 && cut == part) mend_sums(mutant, cut);
    else if (cut == part && memcmp(mutant, data, part) != 0) assert_int_equal(read_all(mutant, part), -EBADMSG);
    refused += read_all(mutant, cut) != 0;
  }
  assert_true(refused > MUTANTS / 2);
  free(mutant);
  free(data);
}

static uint8_t *put_raw(uint8_t *p, enum raw_op op, uint64_t seq, uint64_t address, uint64_t size) {
  *p++ = (uint8_t)op;
  p = trace_put_varint(p, seq);
  p = trace_put_varint(p, trace_zigzag((int64_t)address));
  return op == RAW_FREE || op == RAW_REALLOC_BEGIN || op == RAW_FAILED || op == RAW_THREAD_END
             ? p
             : trace_put_varint(p, size << 6);
}

static int convert(const uint8_t *raw, size_t size, struct trace_header *header, uint8_t **out, size_t *out_size) {
  struct error err = { 0 };
  struct stat st;
  int raw_fd = memfd_create("raw", 0), out_fd = memfd_create("trace", 0);
  assert_int_equal(write(raw_fd, raw, size), (ssize_t)size);
  int rc = trace_convert(raw_fd, out_fd, header, &err);
  if (rc == 0) {
    assert_int_equal(fstat(out_fd, &st), 0);
    *out_size = (size_t)st.st_size;
    *out = malloc(*out_size);
    assert_int_equal(pread(out_fd, *out, *out_size, 0), st.st_size);
  } else assert_true(err.text[0] != '\0');
  close(raw_fd);
  close(out_fd);
  return rc;
}

/* Two threads: the second one's chunk comes first in the file; it frees what the first one made. */
static size_t make_raw(uint8_t *raw) {
  struct raw_header head = { .magic = RAW_MAGIC, .pid = 1 };
  uint8_t *p;
  memset(raw, 0, RAW_REGIONS_AT + 2 * RAW_REGION_BYTES);
  memcpy(raw, &head, sizeof head);
  struct raw_chunk *c = (struct raw_chunk *)(void *)(raw + RAW_REGIONS_AT);
  p = put_raw((uint8_t *)(c + 1), RAW_FREE, 0, 0x1000, 0); /* seq 2 */
  p = put_raw(p, RAW_MALLOC, 2, 0x2000, 33);               /* seq 4: address 0x3000 */
  *c = (struct raw_chunk){ RAW_MAGIC, (uint32_t)(p - (uint8_t *)(c + 1)), 1, 2 };
  c = (struct raw_chunk *)(void *)(raw + RAW_REGIONS_AT + RAW_REGION_BYTES);
  p = put_raw((uint8_t *)(c + 1), RAW_MALLOC, 0, 0x1000, 11); /* seq 0 */
  p = put_raw(p, RAW_CALLOC, 1, 0x1000, 22);                  /* seq 1: 0x2000 */
  p = put_raw(p, RAW_REALLOC_BEGIN, 2, 0, 0);                 /* seq 3: 0x2000 */
  p = put_raw(p, RAW_REALLOC_END, 2, (uint64_t)-0x1000, 44);  /* seq 5: 0x1000 */
  p = put_raw(p, RAW_FREE, 1, 0x8000, 0);                     /* seq 6: nobody's block */
  p = put_raw(p, RAW_FAILED, 1, 0, 0);                        /* seq 7 */
  *c = (struct raw_chunk){ RAW_MAGIC, (uint32_t)(p - (uint8_t *)(c + 1)), 0, 0 };
  return RAW_REGIONS_AT + 2 * RAW_REGION_BYTES;
}

static void test_convert(void **state) {
  (void)state;
  static uint8_t raw[RAW_REGIONS_AT + 2 * RAW_REGION_BYTES];
  struct trace_header header;
  uint8_t *out;
  size_t out_size, size = make_raw(raw);
  assert_int_equal(convert(raw, size, &header, &out, &out_size), 0);
  assert_int_equal(header.events, 5);
  assert_int_equal(header.unmatched, 1);
  assert_int_equal(header.failed, 1);
  assert_int_equal(header.incomplete, 0);
  const struct trace_event expected[] = {
    { TRACE_MALLOC, 0, 0, 11, 0 }, { TRACE_CALLOC, 0, 0, 22, 1 },  { TRACE_FREE, 0, 1, 0, 0 },
    { TRACE_MALLOC, 0, 1, 33, 0 }, { TRACE_REALLOC, 0, 0, 44, 1 },
  };
  struct trace_reader r;
  struct trace_event e;
  assert_int_equal(trace_reader_open(&r, out, out_size), 0);
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(trace_reader_next(&r, &e), 1);
    assert_int_equal(e.op, expected[i].op);
    assert_int_equal(e.thread, expected[i].thread);
    assert_int_equal(e.size, expected[i].size);
    assert_int_equal(e.slot, expected[i].slot);
  }
  assert_int_equal(trace_reader_next(&r, &e), 0);
  trace_reader_close(&r);
  free(out);
  assert_int_equal(convert(raw, 4, &header, &out, &out_size), -ENODATA);
  raw[0] ^= 1;
  assert_int_equal(convert(raw, size, &header, &out, &out_size), -EBADMSG);
}

/* Whatever a broken recording gives, it is a trace that the reader takes. */
static void test_fuzz_convert(void **state) {
  (void)state;
  static uint8_t raw[RAW_REGIONS_AT + 2 * RAW_REGION_BYTES];
  uint64_t random = 21;
  int converted = 0;
  for (int i = 0; i < RAW_MUTANTS; i++) {
    struct trace_header header;
    uint8_t *out;
    size_t out_size, size = make_raw(raw);
    for (int k = 0; k < 3; k++) {
      uint64_t r = random_next(&random);
      raw[RAW_REGIONS_AT + (r >> 40) % 2 * RAW_REGION_BYTES + r % 70] = (uint8_t)(r >> 50);
    }
    if (i % 8 == 0) size = sizeof(struct raw_header) + random_next(&random) % (size - sizeof(struct raw_header));
    if (convert(raw, size, &header, &out, &out_size) != 0) continue;
    assert_int_equal(read_all(out, out_size), 0);
    converted++;
    free(out);
  }
  assert_true(converted > RAW_MUTANTS / 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_crc),          cmocka_unit_test(test_varint),  cmocka_unit_test(test_block_map),
    cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_convert), cmocka_unit_test(test_fuzz_reader),
    cmocka_unit_test(test_fuzz_convert),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
