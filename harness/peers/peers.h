/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peers.h: HAKMEM beside the allocators that the distribution packages.
 *
 * One interleaved run: repetition by repetition, row by row, every allocator once in random
 * order and on the same operation sequence, so that a slow minute of the machine hits all of
 * them. Owns rows, allocators, schedule and the summary; leaves printing to cmd_peers.c. It is a
 * comparison of whole libraries, not an A/B verdict: `ab --a --b` gives those. */
#ifndef HARNESS_PEERS_PEERS_H
#define HARNESS_PEERS_PEERS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"

enum { PEERS_MAX = 16, PEER_ROWS_MAX = 32, PEER_REPETITIONS_MAX = 1000 };

struct peer {
  char name[64];
  char library[PATH_MAX]; /* empty: nothing is preloaded (the C library's malloc) */
  char reason[160];       /* why it cannot take part; empty: it can */
};

/* One measurement of a row. */
struct peer_sample {
  double time_ns;        /* for a step, a request, or the whole program, as the row says */
  double peak_rss_bytes; /* of the process that allocates; NaN where not known */
};

struct peer_row {
  const char *name, *unit, *summary;
  /* a workload of the runner… */
  const char *workload;
  uint64_t slots, ops, rounds, warmup;
  unsigned threads;
  /* … or a program of its own */
  const char *needs; /* program that must be there, NULL for workloads */
  int (*measure)(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err);
};

extern const struct peer_row peer_rows[]; /* ended by a NULL name */
const struct peer_row *peer_row_find(const char *name);

/* HAKMEM first (this build's, or `library`), then the C library and the packaged peers; absent
 * ones have their reason. Returns how many. */
size_t peers_find(const char *library, struct peer *peers, size_t max);

/* One measurement. seed: the same for all allocators of a repetition. */
int peer_row_measure(const struct peer_row *row, const char *library, uint64_t seed, const char *cpus,
                     const char *scratch_dir, struct peer_sample *sample, struct error *err);

/* Median and what is around it. */
struct peer_spread {
  double median, low, high; /* low..high: 95% interval of the median by order statistics; below
                               six samples their range. NaN without samples */
  size_t count;
};
struct peer_spread peer_spread_of(const double *values, size_t count);

struct peer_cell { /* one row, one allocator */
  struct peer_spread time_ns, rss_bytes;
};

struct peer_comparison {                    /* one row: HAKMEM (peer 0) against the best of the others */
  int best_time, best_rss;                  /* index of the peer, -1: none measured */
  struct peer_spread time_ratio, rss_ratio; /* HAKMEM / best, repetition by repetition */
};

struct peer_table {
  const struct peer *peers;
  size_t peer_count;
  const struct peer_row *rows[PEER_ROWS_MAX];
  char reason[PEER_ROWS_MAX][192]; /* why a row was not measured */
  size_t row_count;
  size_t repetitions;          /* whole ones */
  struct peer_sample *samples; /* [repetition][row][peer]; time NaN: not measured */
};

static inline struct peer_sample *peer_table_sample(const struct peer_table *t, size_t repetition, size_t row,
                                                    size_t peer) {
  return &t->samples[(repetition * PEER_ROWS_MAX + row) * PEERS_MAX + peer];
}

struct peers_run_spec {
  double budget_s;                           /* stop after the repetition in which it is spent … */
  uint64_t min_repetitions, max_repetitions; /* … within these */
  uint64_t seed;
  const char *cpus;
  void (*progress)(double fraction, const char *what, void *context);
  /* called after each measurement */
  void (*sampled)(const struct peer_table *t, size_t repetition, size_t row, size_t peer, void *context);
  void *context;
};

/* Fills t->samples and repetitions (t->peers, rows given). -EINTR: interrupted, whole
 * repetitions so far are there. */
int peers_run(struct peer_table *t, const struct peers_run_spec *spec, struct error *err);
void peer_table_free(struct peer_table *t);
struct peer_cell peer_table_cell(const struct peer_table *t, size_t row, size_t peer);
struct peer_comparison peer_table_compare(const struct peer_table *t, size_t row);

/* peers_programs.c */
int peer_measure_redis(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err);
int peer_measure_sqlite(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err);
int peer_measure_python(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err);
int peer_measure_gcc(const char *library, const char *scratch_dir, struct peer_sample *sample, struct error *err);

#endif
