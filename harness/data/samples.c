/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.c: see samples.h. Reading them back is in samples_load.c. */
#include "harness/data/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/data/csv_tables.h"
#include "harness/data/stats.h"

static int open_one(struct results *results, const struct columns *c, FILE **f, struct error *err) {
  char header[COLUMNS_LINE_MAX];
  struct stat st;
  size_t n = columns_header(c, header);
  *f = results_append(results, c->file, err);
  if (!*f) return err->code;
  if (fstat(fileno(*f), &st) == 0 && st.st_size == 0 && write(fileno(*f), header, n) != (ssize_t)n) {
    int rc = error_set_errno(err, errno ? -errno : -ENOSPC, "cannot write %s/%s", results->path, c->file);
    return error_advise(err, "free some space, or choose another place with --out DIR"), rc;
  }
  return 0;
}

int samples_open(struct samples_log *log, struct results *results, struct error *err) {
  memset(log, 0, sizeof *log);
  log->results = results;
  int rc = open_one(results, &round_columns, &log->rounds, err);
  if (rc == 0) rc = open_one(results, &process_columns, &log->processes, err);
  if (rc) samples_close(log);
  return rc;
}

void samples_close(struct samples_log *log) {
  if (log->rounds) fclose(log->rounds);
  if (log->processes) fclose(log->processes);
  log->rounds = log->processes = NULL;
}

/* One write for each process, so that a kill leaves whole processes. */
static int put(struct samples_log *log, FILE *f, const char *name, const char *text, size_t length, struct error *err) {
  struct stat st;
  if (fstat(fileno(f), &st) == 0 && st.st_nlink == 0) {
    int rc = error_raise(err, ERROR_UNMEASURED, -ENOLINK, "%s/%s was removed while it was being written",
                         log->results->path, name);
    return error_advise(err, "leave the results folder in place until the campaign has ended, and start again"), rc;
  }
  ssize_t n;
  do n = write(fileno(f), text, length);
  while (n < 0 && errno == EINTR);
  if (n == (ssize_t)length) return 0;
  int rc = error_set_errno(err, n < 0 ? -errno : -ENOSPC, "cannot write %s/%s", log->results->path, name);
  if (rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG) error_set_kind(err, ERROR_UNMEASURED); /* not our fault */
  if (rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG)
    error_advise(err, "free some space, then go on with --resume %s", log->results->path);
  return rc;
}

static struct round_line line_of(const struct round *r, uint32_t pmu_count) {
  struct round_line l = { .wall_ns = r->wall_ns,
                          .tsc = r->tsc,
                          .ops = r->ops,
                          .allocs = r->allocs,
                          .frees = r->frees,
                          .tiny_frees = r->tiny_frees,
                          .minor_faults = r->minor_faults,
                          .major_faults = r->major_faults,
                          .voluntary = r->voluntary_switches,
                          .involuntary = r->involuntary_switches,
                          .cpu = r->cpu,
                          .migrated = r->migrated,
                          .toggled = r->toggled,
                          .enabled_ns = pmu_count ? r->enabled_ns : COLUMN_EMPTY,
                          .running_ns = pmu_count ? r->running_ns : COLUMN_EMPTY,
                          .width = r->width > 0 ? r->width : NAN };
  for (uint32_t k = 0; k < AB_PMU_MAX; k++) l.pmu[k] = k < pmu_count ? r->pmu[k] : COLUMN_EMPTY;
  return l;
}

int samples_append(struct samples_log *log, const struct sample *s, const struct ab_record *record, struct error *err) {
  static char text[(AB_ROUNDS_MAX + 1) * COLUMNS_LINE_MAX];
  size_t n = 0;
  for (uint32_t i = 0; i < record->rounds_done && i < AB_ROUNDS_MAX; i++) {
    struct round_line line = line_of(&record->round[i], record->pmu_count);
    line.pair = s->pair;
    line.side = s->side;
    line.round = i;
    n += columns_line(&round_columns, &line, text + n);
  }
  int rc = put(log, log->rounds, round_columns.file, text, n, err);
  if (rc) return rc;
  n = columns_line(&process_columns, s, text);
  return put(log, log->processes, process_columns.file, text, n, err);
}

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
  for (uint32_t i = 0; i < rounds && i < AB_ROUNDS_MAX; i++) {
    const struct round *r = &round[i];
    /* a command counts no operations: its one round is its operation */
    double count = r->ops ? (double)r->ops : 1;
    if (r->wall_ns == 0) continue;
    width[n] = r->width;
    x[n++] = log((double)r->wall_ns / count);
    bool was_hit = r->involuntary_switches > 0 || r->migrated;
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
  s->narrowest = n ? stats_trimmed_min(width, n, SAMPLES_GLITCHES) : 0;
}
