/* SPDX-License-Identifier: GPL-3.0-or-later */
/* replay.c: a recorded trace, played again: the same calls with the same sizes by as many
 * threads. A thread goes on as soon as the block that it needs is there, so that every block has
 * the history that was recorded, and threads wait for nothing else. A round is the whole trace, as
 * often as its steps ask for and once at least; blocks that the program never freed are freed at its
 * end, which is not counted as steps. First and last byte of each block are written. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/bench_clock.h"
#include "harness/trace/trace_reader.h"
#include "harness/workloads/marker.h"
#include "harness/workloads/workload.h"

enum { REPLAY_THREADS_MAX = 256, TINY_BYTES = 1024, OP_BITS = 3, ALIGN_BITS = 6 };

/* One call, 16 bytes. turn: its place in the history of its slot; the last one starts it anew. */
struct step {
  uint64_t size_align_op;
  uint32_t slot;
  uint32_t turn_last; /* turn * 2 + is it the last */
};

struct slot {
  void *block;
  uint32_t turn; /* of the next call in the slot's history */
  uint32_t tiny;
};

struct state {
  const struct step *steps;
  uint64_t counted, all; /* recorded ones; with the frees at the end */
};

/* What prepare() made of the file, for all threads. */
static struct {
  struct step *steps;
  struct slot *slots;
  uint64_t counted[REPLAY_THREADS_MAX], all[REPLAY_THREADS_MAX];
  uint64_t mean; /* calls of a thread */
  unsigned threads;
} trace;

static void say(const char *text) {
  if (write(2, text, strlen(text)) < 0) return;
}

static int refuse(const char *file, const char *why, const uint64_t *offset) {
  char digits[24], *d = digits + sizeof digits - 1;
  say("hakmem-bench: ");
  say(file);
  *d = '\0';
  if (offset != NULL) {
    uint64_t v = *offset;
    do *--d = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    say(" is damaged at byte ");
    say(d);
  }
  say(": ");
  say(why);
  say("\n");
  return -EINVAL;
}

static void *map_zeroed(uint64_t size) {
  void *p = mmap(NULL, size > 0 ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

/* While loading: of each slot the number of its calls, where its last one is, whether it is live. */
struct history {
  uint32_t turns, thread;
  uint64_t last; /* its index in steps */
  bool live;
};

static void add_step(uint64_t *at, struct history *h, uint32_t slot, uint64_t size_align_op) {
  uint64_t i = (*at)++;
  trace.steps[i] = (struct step){ size_align_op, slot, h->turns++ << 1 };
  h->last = i;
}

/* Second pass: each thread's calls, one behind the other, then the frees of what was left. */
static void fill(struct trace_reader *r, struct history *histories) {
  struct trace_event e;
  uint64_t at[REPLAY_THREADS_MAX], start = 0;
  for (uint32_t t = 0; t < r->header.threads; t++) {
    at[t] = start;
    start += trace.all[t];
  }
  for (uint64_t s = 0; s < r->header.slots; s++) histories[s].turns = 0;
  trace_reader_rewind(r);
  while (trace_reader_next(r, &e) == 1)
    add_step(&at[e.thread], &histories[e.slot], (uint32_t)e.slot,
             e.size << (OP_BITS + ALIGN_BITS) | (uint64_t)e.align_log2 << OP_BITS | (uint64_t)e.op);
  for (uint64_t s = 0; s < r->header.slots; s++) {
    struct history *h = &histories[s];
    if (h->live) add_step(&at[h->thread], h, (uint32_t)s, TRACE_FREE);
    if (h->turns > 0) trace.steps[h->last].turn_last |= 1; /* a slot that nobody uses has no last one */
  }
}

/* First pass: checks the whole file, counts. */
static int count(struct trace_reader *r, struct history *histories) {
  struct trace_event e;
  int rc;
  while ((rc = trace_reader_next(r, &e)) == 1) {
    struct history *h = &histories[e.slot];
    trace.counted[e.thread]++;
    h->live = e.op != TRACE_FREE;
    h->thread = e.thread;
    if (++h->turns == INT32_MAX) return -EOVERFLOW;
  }
  if (rc != 0) return rc;
  for (uint32_t t = 0; t < r->header.threads; t++) trace.all[t] = trace.counted[t];
  for (uint64_t s = 0; s < r->header.slots; s++) trace.all[histories[s].thread] += histories[s].live;
  return 0;
}

/* How often the whole trace is played for so many steps of a thread. */
static uint64_t turns(uint64_t ops) {
  uint64_t n = (ops + trace.mean / 2) / trace.mean;
  return n > 0 ? n : 1;
}

static int load(struct trace_reader *r, const char *file, struct workload_params *p) {
  const struct trace_header *h = &r->header;
  uint64_t all = 0;
  if (h->events == 0) return refuse(file, "the trace is empty", NULL);
  if (h->threads > REPLAY_THREADS_MAX) return refuse(file, "more than 256 threads", NULL);
  if (h->slots > UINT32_MAX) return refuse(file, "too many blocks", NULL);
  struct history *histories = map_zeroed(h->slots * sizeof *histories);
  trace.slots = map_zeroed(h->slots * sizeof *trace.slots);
  if (histories == NULL || trace.slots == NULL) return refuse(file, "no memory for its blocks", NULL);
  int rc = count(r, histories);
  if (rc == 0) {
    for (uint32_t t = 0; t < h->threads; t++) all += trace.all[t];
    trace.steps = map_zeroed(all * sizeof *trace.steps);
    if (trace.steps == NULL) rc = -ENOMEM;
    else fill(r, histories);
  }
  munmap(histories, h->slots * sizeof *histories);
  if (rc == -EBADMSG) return refuse(file, r->why, &r->bad_offset);
  if (rc != 0) return refuse(file, rc == -EOVERFLOW ? "too many calls for one block" : "no memory for its calls", NULL);
  p->threads = trace.threads = h->threads;
  /* what a thread does on average: for the time of a step */
  trace.mean = trace_ops_per_thread(h);
  p->ops = turns(p->ops) * trace.mean;
  return 0;
}

static int prepare(struct workload_params *p) {
  struct trace_reader r;
  struct stat st;
  if (p->file == NULL) return refuse("replay", "wants file=TRACE", NULL);
  int fd = open(p->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 || fstat(fd, &st) != 0) return refuse(p->file, strerrordesc_np(errno), NULL);
  if (!S_ISREG(st.st_mode)) return refuse(p->file, "not a regular file", NULL);
  size_t size = (size_t)st.st_size;
  void *data = mmap(NULL, size > 0 ? size : 1, PROT_READ, MAP_PRIVATE, fd, 0);
  close(fd);
  if (data == MAP_FAILED) return refuse(p->file, strerrordesc_np(errno), NULL);
  int rc = trace_reader_open(&r, data, size);
  if (rc == -EBADMSG) rc = refuse(p->file, r.why, &r.bad_offset);
  else if (rc != 0) rc = refuse(p->file, "no memory for its blocks", NULL);
  else rc = load(&r, p->file, p);
  p->file_crc = trace_crc32(0, data, size);
  trace_reader_close(&r);
  munmap(data, size > 0 ? size : 1);
  return rc;
}

static uint64_t state_size(const struct workload_params *p) { return sizeof(struct state); }

static int init(void *memory, const struct workload_params *p, unsigned thread, void *const *all) {
  struct state *s = memory;
  uint64_t start = 0;
  if (p->threads != trace.threads) return -EINVAL; /* some would wait for ever */
  for (unsigned t = 0; t < thread; t++) start += trace.all[t];
  *s = (struct state){ trace.steps + start, trace.counted[thread], trace.all[thread] };
  return 0;
}

static void *allocate(enum trace_op op, uint64_t size, unsigned align_log2, void *old) {
  switch (op) {
  case TRACE_CALLOC: return calloc(1, size);
  case TRACE_REALLOC: return realloc(old, size > 0 ? size : 1); /* realloc(p, 0) may free */
  case TRACE_MEMALIGN: return memalign((size_t)1 << (align_log2 > 3 ? align_log2 : 3), size);
  default: return malloc(size);
  }
}

static void play(const struct step *step, struct workload_counts *counts) {
  struct slot *slot = &trace.slots[step->slot];
  enum trace_op op = (enum trace_op)(step->size_align_op & 7);
  unsigned spins = 0;
  /* acquire: block and tiny were written before the turn came */
  while (__atomic_load_n(&slot->turn, __ATOMIC_ACQUIRE) != step->turn_last >> 1) bench_backoff(&spins);
  if (op == TRACE_FREE) {
    free(slot->block);
    counts->frees++;
    counts->tiny_frees += slot->tiny;
  } else {
    uint64_t size = step->size_align_op >> (OP_BITS + ALIGN_BITS);
    unsigned char *block = allocate(op, size, step->size_align_op >> OP_BITS & 63, slot->block);
    if (block == NULL) {
      say("hakmem-bench: the allocator has no memory for a block of the trace\n");
      _exit(3);
    }
    if (size > 0) block[0] = block[size - 1] = 1;
    slot->block = block;
    slot->tiny = size <= TINY_BYTES;
    counts->allocs += op != TRACE_REALLOC;
  }
  __atomic_store_n(&slot->turn, step->turn_last & 1 ? 0 : (step->turn_last >> 1) + 1, __ATOMIC_RELEASE);
}

/* Each thread plays its own part of the trace, all of them as often: the last call of a slot's history
 * starts it anew, so that one thread may be in the next turn while another ends this one. */
static void run(void *memory, uint64_t ops, struct workload_counts *counts) {
  const struct state *s = memory;
  struct workload_counts n = { 0, 0, 0, 0 };
  for (uint64_t left = turns(ops); left > 0; left--) {
    uint64_t i = 0;
    for (; i < s->counted; i++) {
      BENCH_STEP();
      play(&s->steps[i], &n);
    }
    for (; i < s->all; i++) play(&s->steps[i], &n);
    counts->ops += s->counted;
  }
  counts->allocs += n.allocs;
  counts->frees += n.frees;
  counts->tiny_frees += n.tiny_frees;
}

static void finish(void *memory, struct workload_counts *counts) {}

const struct workload workload_replay = {
  .name = "replay",
  .summary = "a recorded trace: the calls of a real program (hakmem-harness record)",
  .default_slots = 1,
  .default_ops = 0,
  .min_threads = 1,
  .needs_file = true,
  .prepare = prepare,
  .state_size = state_size,
  .init = init,
  .run = run,
  .finish = finish,
};
