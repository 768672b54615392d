/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recorder.c: see recorder.h. */
#include "harness/trace/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/trace/trace_format.h"

/* The file's descriptor is kept away from those that programs give out and close by number. */
enum { FIRST_FD = 700 };

/* A region with room that no thread writes to now: mapped, waiting in a list. */
struct region {
  struct region *next; /* of all regions' heads ever made; the heads are used again */
  int owned;
  uint8_t *base;           /* the mapping, NULL: the last one is full and gone */
  size_t used;             /* up to where the region is written */
  struct raw_chunk *chunk; /* that is being written, NULL: none */
  uint64_t last_seq, last_address;
};

static struct state { int on; /* 0 in a forked child, whose page is wiped */ } * state; /* NULL: not tried yet */
static struct state off; /* where recording is not wanted or not possible */
static int starting;
static int file = -1;
static dev_t file_dev;
static ino_t file_ino;
static struct raw_header *header; /* of the file, mapped */
static uint64_t sequence, limit = UINT64_MAX, next_thread, next_region;
static struct region *regions;
static pthread_key_t at_thread_end;

#define THREAD_LOCAL static __thread __attribute__((tls_model("initial-exec")))
THREAD_LOCAL struct region *mine;
THREAD_LOCAL uint64_t my_thread; /* number + 1, 0: none yet */
THREAD_LOCAL bool busy, ended;

static void *map_pages(size_t size) {
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static void stop(void) {
  header->stopped = 1;
  __atomic_store_n(&state->on, 0, __ATOMIC_RELAXED);
}

/* A new part of the file. Its blocks are allocated now: a full disk must not become a SIGBUS of
 * the program. A descriptor that the program closed may be a file of its own by now: then
 * recording ends. */
static uint8_t *map_region(void) {
  struct stat st;
  off_t at = RAW_REGIONS_AT + (off_t)__atomic_fetch_add(&next_region, 1, __ATOMIC_RELAXED) * RAW_REGION_BYTES;
  if (fstat(file, &st) != 0 || st.st_dev != file_dev || st.st_ino != file_ino) return NULL;
  if (posix_fallocate(file, at, RAW_REGION_BYTES) != 0) return NULL;
  void *p = mmap(NULL, RAW_REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, at);
  return p == MAP_FAILED ? NULL : p;
}

static uint8_t *put_record(uint8_t *p, enum raw_op op, uint64_t seq_delta, uint64_t address_delta,
                           uint64_t size_align) {
  *p++ = (uint8_t)op;
  p = trace_put_varint(p, seq_delta);
  p = trace_put_varint(p, trace_zigzag((int64_t)address_delta));
  bool sized = op == RAW_MALLOC || op == RAW_CALLOC || op == RAW_MEMALIGN || op == RAW_REALLOC_END;
  return sized ? trace_put_varint(p, size_align) : p;
}

static void put(struct region *r, enum raw_op op, uint64_t seq, uint64_t address, uint64_t size_align) {
  if (r->base != NULL && r->used + sizeof(struct raw_chunk) + RAW_RECORD_MAX > RAW_REGION_BYTES) {
    munmap(r->base, RAW_REGION_BYTES);
    r->base = NULL;
  }
  if (r->base == NULL) {
    r->base = map_region();
    r->used = 0;
    r->chunk = NULL;
    if (r->base == NULL) {
      stop();
      return;
    }
  }
  if (r->chunk == NULL) {
    r->used = (r->used + 7) & ~(size_t)7;
    r->chunk = (struct raw_chunk *)(void *)(r->base + r->used);
    *r->chunk = (struct raw_chunk){ RAW_MAGIC, 0, my_thread - 1, seq };
    r->used += sizeof *r->chunk;
    r->last_seq = seq;
    r->last_address = 0;
  }
  uint8_t *start = r->base + r->used,
          *end = put_record(start, op, seq - r->last_seq, address - r->last_address, size_align);
  r->used += (size_t)(end - start);
  r->last_seq = seq;
  r->last_address = address;
  /* release: the length comes after the bytes that it counts, should the program be killed here */
  __atomic_store_n(&r->chunk->bytes, r->chunk->bytes + (uint32_t)(end - start), __ATOMIC_RELEASE);
}

static struct region *take_region(void) {
  for (struct region *r = __atomic_load_n(&regions, __ATOMIC_ACQUIRE); r != NULL; r = r->next)
    if (!__atomic_exchange_n(&r->owned, 1, __ATOMIC_ACQUIRE)) return r;
  struct region *r = map_pages(sizeof *r);
  if (r == NULL) return NULL;
  r->owned = 1;
  r->next = __atomic_load_n(&regions, __ATOMIC_RELAXED);
  /* release: the fields above are seen by who finds it in the list */
  while (!__atomic_compare_exchange_n(&regions, &r->next, r, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) continue;
  return r;
}

static void give_region(struct region *r) {
  r->chunk = NULL; /* the next owner begins a chunk of its own */
  __atomic_store_n(&r->owned, 0, __ATOMIC_RELEASE);
}

static void thread_end(void *arg) {
  busy = true;
  if (__atomic_load_n(&state->on, __ATOMIC_RELAXED))
    put(arg, RAW_THREAD_END, __atomic_fetch_add(&sequence, 1, __ATOMIC_RELAXED), 0, 0);
  give_region(arg);
  mine = NULL;
  ended = true;
  busy = false;
}

/* The file, if it is for this process; the program that it was before may have written to it. */
static bool open_file(const char *path) {
  struct raw_header found = { 0 };
  struct stat st;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t n = pread(fd, &found, sizeof found, 0);
  bool own = n == (ssize_t)sizeof found && found.magic == RAW_MAGIC && found.pid == getpid();
  if (own && ftruncate(fd, 0) == 0 && posix_fallocate(fd, 0, RAW_REGIONS_AT) == 0 && fstat(fd, &st) == 0) {
    void *p = mmap(NULL, RAW_REGIONS_AT, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p != MAP_FAILED) {
      header = p;
      *header = (struct raw_header){ .magic = RAW_MAGIC, .pid = getpid() };
      file = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
      if (file < 0) file = fcntl(fd, F_DUPFD_CLOEXEC, 64); /* few descriptors are allowed */
      file_dev = st.st_dev;
      file_ino = st.st_ino;
    }
  }
  close(fd);
  return file >= 0;
}

static struct state *start(void) {
  const char *path = getenv(RAW_ENV_FILE), *most = getenv(RAW_ENV_LIMIT);
  if (path == NULL || !open_file(path)) return &off;
  if (most != NULL) limit = strtoull(most, NULL, 10);
  struct state *s = map_pages(4096);
  if (s == NULL || madvise(s, 4096, MADV_WIPEONFORK) != 0 || pthread_key_create(&at_thread_end, thread_end) != 0) {
    header->stopped = 1;
    return &off;
  }
  s->on = 1;
  return s;
}

/* The dynamic linker allocates before there is an environment; then nothing is decided yet. */
static bool ready(void) {
  struct state *s = __atomic_load_n(&state, __ATOMIC_ACQUIRE);
  if (s == NULL) {
    if (environ == NULL || __atomic_exchange_n(&starting, 1, __ATOMIC_ACQUIRE)) return false;
    int error = errno;
    busy = true;
    s = start();
    busy = false;
    errno = error;
    __atomic_store_n(&state, s, __ATOMIC_RELEASE);
  }
  return __atomic_load_n(&s->on, __ATOMIC_RELAXED) != 0;
}

void recorder_event(enum raw_op op, const void *address, uint64_t size, unsigned align_log2) {
  if (busy || !ready()) return;
  int error = errno;
  if (size > TRACE_SIZE_MAX) size = TRACE_SIZE_MAX + 1; /* a call that fails; it must not look like a small one */
  busy = true;
  if (my_thread == 0) my_thread = __atomic_add_fetch(&next_thread, 1, __ATOMIC_RELAXED);
  struct region *r = mine;
  if (r == NULL) r = take_region();
  if (r != NULL && mine == NULL && !ended) { /* a thread past its end takes a region for each call */
    mine = r;
    pthread_setspecific(at_thread_end, r);
  }
  /* relaxed: the allocator's own hand-over of a block orders the two calls, and one variable has
   * one order for all threads */
  uint64_t seq = __atomic_fetch_add(&sequence, 1, __ATOMIC_RELAXED);
  if (r == NULL) stop();
  else if (seq >= limit) header->limit_reached = 1;
  else put(r, op, seq, (uint64_t)(uintptr_t)address, size << 6 | align_log2);
  if (r != NULL && r != mine) give_region(r);
  busy = false;
  errno = error;
}

__attribute__((destructor)) void recorder_end(void) {
  /* not a forked child's, which has the same page */
  if (header != NULL && header->pid == getpid()) header->ended = 1;
}

/* A program that allocates nothing takes the file from the one that became it. */
__attribute__((constructor)) static void begin(void) {
  if (!busy) ready();
  at_quick_exit(recorder_end);
}
