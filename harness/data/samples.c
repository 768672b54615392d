/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.c: see samples.h. They are written in samples_log.c, and read back in samples_load.c. */
#include "harness/data/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/data/stats.h"

const char *samples_record_fault(const struct ab_record *record) {
  if (record->id > SAMPLES_PAIR_MAX || record->arm > 3 || record->order > 1) return "a pair that there cannot be";
  if (record->state > AB_RECORD_FAILED || record->rounds_done > AB_ROUNDS_MAX || record->pmu_count > AB_PMU_MAX)
    return "more rounds or counters than there are";
  if (memchr(record->message, '\0', sizeof record->message) == NULL) return "a message without an end";
  for (uint32_t i = 0; i < record->rounds_done; i++) {
    const struct round *r = &record->round[i];
    const uint64_t count[] = { r->wall_ns, r->ops, r->allocs, r->frees, r->tiny_frees };
    for (size_t k = 0; k < sizeof count / sizeof count[0]; k++)
      if (count[k] > SAMPLES_COUNT_MAX) return "a count that nothing comes to";
    if (!(r->width >= 0 && r->width <= SAMPLES_WIDTH_MAX)) return "a width that no core has";
  }
  return NULL;
}

void samples_reduce(struct sample *s, const struct round *round, uint32_t rounds) {
  double x[AB_ROUNDS_MAX], width[AB_ROUNDS_MAX], couple[AB_ROUNDS_MAX], ns[2] = { 0, 0 }, ops[2] = { 0, 0 };
  size_t n = 0, couples = 0, hit = 0;
  s->rounds = rounds;
  s->fastest_ns = NAN;
  for (uint32_t i = 0; i < rounds && i < AB_ROUNDS_MAX; i++) {
    const struct round *r = &round[i];
    /* a command counts no operations: its one round is its operation */
    double count = r->ops ? (double)r->ops : 1;
    if (r->wall_ns == 0) continue;
    width[n] = r->width;
    x[n++] = log((double)r->wall_ns / count);
    bool waited = r->wait_ns != ROUND_NOT_MEASURED && (double)r->wait_ns > SAMPLES_WAIT * (double)r->wall_ns;
    bool was_hit = r->involuntary_switches > 0 || r->migrated || waited;
    ns[was_hit] += (double)r->wall_ns;
    ops[was_hit] += count;
    s->ops += r->ops;
    s->allocs += r->allocs;
    s->frees += r->frees;
    s->tiny_frees += r->tiny_frees;
    s->minor_faults += r->minor_faults;
    s->voluntary += r->voluntary_switches;
    s->involuntary += r->involuntary_switches;
    s->migrations += r->migrated;
    hit += was_hit;
    if (!was_hit) s->fastest_ns = fmin(s->fastest_ns, (double)r->wall_ns / count); /* fmin passes over NaN */
    for (uint32_t k = 0; k < AB_PMU_MAX; k++) s->pmu[k] += r->pmu[k];
    if ((i & 1) && round[i - 1].wall_ns && round[i - 1].toggled != r->toggled) {
      double before = log((double)round[i - 1].wall_ns / (double)(round[i - 1].ops ? round[i - 1].ops : 1));
      couple[couples++] = r->toggled ? before - x[n - 1] : x[n - 1] - before;
    }
  }
  s->log_ns = n ? stats_trimmed_mean(x, n, STATS_TRIM) : NAN;
  s->log_mean_ns = ops[0] > 0 ? log(ns[0] / ops[0]) : n ? log(ns[1] / ops[1]) : NAN;
  s->toggle_log = couples ? stats_trimmed_mean(couple, couples, STATS_TRIM) : NAN;
  s->hit_share = n ? (double)hit / (double)n : NAN;
  s->width = n ? stats_trimmed_max(width, n, STATS_TRIM) : 0;
  s->width_mid = n ? stats_median(width, n) : 0;
  s->narrowest = n ? stats_trimmed_min(width, n, SAMPLES_GLITCHES) : 0;
}
