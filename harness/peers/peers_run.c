/* SPDX-License-Identifier: GPL-3.0-or-later */
/* peers_run.c: the interleaved schedule and the summary of its samples. */
#include "harness/peers/peers.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/progress.h"
#include "harness/workloads/random.h"

static void shuffle(size_t *order, size_t n, uint64_t *random) {
  for (size_t i = n; i > 1; i--) {
    size_t k = (size_t)random_below_high(random_next(random), i), tmp = order[i - 1];
    order[i - 1] = order[k];
    order[k] = tmp;
  }
}

/* Empties and removes the scratch folder; it holds plain files only. */
static void remove_scratch(const char *dir) {
  static const char *const files[] = { "source.c", "object.o" };
  char path[PATH_MAX];
  for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
    snprintf(path, sizeof path, "%s/%s", dir, files[i]);
    unlink(path);
  }
  rmdir(dir);
}

/* A failing allocator does not end the run: its cell stays empty and says why. */
static void measure_cell(struct peer_table *t, const struct peers_run_spec *spec, size_t repetition, size_t row,
                         size_t peer, const char *scratch) {
  struct error err = { 0 };
  struct peer_sample *s = peer_table_sample(t, repetition, row, peer);
  const char *library = t->peers[peer].library[0] != '\0' ? t->peers[peer].library : NULL;
  s->time_ns = s->peak_rss_bytes = (double)NAN;
  if (t->peers[peer].reason[0] != '\0') return;
  int rc = peer_row_measure(t->rows[row], library, spec->seed + repetition, spec->cpus, scratch, s, &err);
  if (rc != 0 && rc != -EINTR)
    snprintf(t->reason[row], sizeof t->reason[row], "%.32s: %.150s", t->peers[peer].name, err.text);
  if (spec->sampled != NULL) spec->sampled(t, repetition, row, peer, spec->context);
}

int peers_run(struct peer_table *t, const struct peers_run_spec *spec, struct error *err) {
  char scratch[] = "/tmp/hakmem-peers.XXXXXX";
  size_t max = spec->max_repetitions < PEER_REPETITIONS_MAX ? (size_t)spec->max_repetitions : PEER_REPETITIONS_MAX;
  uint64_t random = random_start(spec->seed, 77);
  double start = clock_monotonic_s();
  int rc = 0;
  /* below /tmp and not TMPDIR, which may be the invoking user's alone: see the next line */
  if (mkdtemp(scratch) == NULL) return error_set_errno(err, -errno, "cannot make a scratch folder");
  chmod(scratch, 0755); /* programs may run as another user */
  t->samples = calloc(max * PEER_ROWS_MAX * PEERS_MAX, sizeof *t->samples);
  if (t->samples == NULL) {
    rc = error_set_errno(err, -ENOMEM, "no memory for %zu repetitions", max);
    goto out;
  }
  size_t order[PEERS_MAX];
  for (size_t i = 0; i < t->peer_count; i++) order[i] = i;
  for (size_t rep = 0; rep < max; rep++) {
    if (rep >= spec->min_repetitions && clock_monotonic_s() - start >= spec->budget_s) break;
    for (size_t row = 0; row < t->row_count; row++) {
      shuffle(order, t->peer_count, &random);
      for (size_t k = 0; k < t->peer_count; k++) {
        if (interrupt_pending()) {
          rc = error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted");
          goto out;
        }
        measure_cell(t, spec, rep, row, order[k], scratch);
      }
      if (spec->progress != NULL) {
        double spent = (clock_monotonic_s() - start) / spec->budget_s;
        double least = ((double)rep + (double)(row + 1) / (double)t->row_count) / (double)spec->min_repetitions;
        spec->progress(rep < spec->min_repetitions && least < spent ? least
                       : spent < 1                                  ? spent
                                                                    : 1,
                       t->rows[row]->name, spec->context);
      }
    }
    t->repetitions = rep + 1;
  }
out:
  remove_scratch(scratch);
  return rc;
}

void peer_table_free(struct peer_table *t) {
  free(t->samples);
  t->samples = NULL;
}

/* P(Binomial(n, 1/2) <= k) */
static double binomial_half_cdf(size_t n, size_t k) {
  double term = pow(0.5, (double)n), sum = 0;
  for (size_t i = 0; i <= k; i++) {
    sum += term;
    term *= (double)(n - i) / (double)(i + 1);
  }
  return sum;
}

struct peer_spread peer_spread_of(const double *values, size_t count) {
  struct peer_spread s = { (double)NAN, (double)NAN, (double)NAN, 0 };
  double sorted[PEER_REPETITIONS_MAX];
  size_t n = 0;
  for (size_t i = 0; i < count && n < PEER_REPETITIONS_MAX; i++)
    if (!isnan(values[i])) sorted[n++] = values[i];
  s.count = n;
  if (n == 0) return s;
  gsl_sort(sorted, 1, n);
  s.median = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
  /* the widest cut k with P(X < k or X > n-k) <= 5%; pow() underflows beyond 1000 */
  size_t k = 0;
  while (k + 1 < n / 2 && 2 * binomial_half_cdf(n, k) <= 0.05) k++;
  if (k > 0) k--;
  s.low = sorted[k];
  s.high = sorted[n - 1 - k];
  return s;
}

struct peer_cell peer_table_cell(const struct peer_table *t, size_t row, size_t peer) {
  double time[PEER_REPETITIONS_MAX], rss[PEER_REPETITIONS_MAX];
  for (size_t i = 0; i < t->repetitions; i++) {
    const struct peer_sample *s = peer_table_sample(t, i, row, peer);
    time[i] = s->time_ns;
    rss[i] = s->peak_rss_bytes;
  }
  return (struct peer_cell){ peer_spread_of(time, t->repetitions), peer_spread_of(rss, t->repetitions) };
}

struct peer_comparison peer_table_compare(const struct peer_table *t, size_t row) {
  struct peer_comparison c = { .best_time = -1, .best_rss = -1 };
  double best_time = INFINITY, best_rss = INFINITY;
  double time[PEER_REPETITIONS_MAX], rss[PEER_REPETITIONS_MAX];
  for (size_t p = 1; p < t->peer_count; p++) {
    struct peer_cell cell = peer_table_cell(t, row, p);
    if (cell.time_ns.median < best_time) {
      best_time = cell.time_ns.median;
      c.best_time = (int)p;
    }
    if (cell.rss_bytes.median < best_rss) {
      best_rss = cell.rss_bytes.median;
      c.best_rss = (int)p;
    }
  }
  for (size_t i = 0; i < t->repetitions; i++) {
    const struct peer_sample *own = peer_table_sample(t, i, row, 0);
    time[i] = c.best_time < 0 ? (double)NAN : own->time_ns / peer_table_sample(t, i, row, (size_t)c.best_time)->time_ns;
    rss[i] = c.best_rss < 0 ? (double)NAN
                            : own->peak_rss_bytes / peer_table_sample(t, i, row, (size_t)c.best_rss)->peak_rss_bytes;
  }
  c.time_ratio = peer_spread_of(time, t->repetitions);
  c.rss_ratio = peer_spread_of(rss, t->repetitions);
  return c;
}
