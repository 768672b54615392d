/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.c: see samples.h. Reading them back is in samples_load.c. */
#include "harness/data/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/data/stats.h"

static const char rounds_header[] = "pair,side,round,wall_ns,tsc,ops,allocs,frees,tiny_frees,minor_faults,major_faults,"
                                    "voluntary,involuntary,cpu,migrated,toggled,"
                                    "cycles,instructions,cache_misses,branch_misses,enabled_ns,running_ns,width\n";
static const char processes_header[] = "pair,side,kind,place,seed,run,rounds,complete,started_ns,ready_ns,ended_ns,cpu_"
                                       "ns,max_rss_bytes,steal_ticks,elapsed_s,pmu\n";

static int open_one(struct results *results, const char *name, const char *header, FILE **f, struct error *err) {
  struct stat st;
  *f = results_append(results, name, err);
  if (!*f) return err->code;
  if (fstat(fileno(*f), &st) == 0 && st.st_size == 0 &&
      write(fileno(*f), header, strlen(header)) != (ssize_t)strlen(header)) {
    int rc = error_set_errno(err, errno ? -errno : -ENOSPC, "cannot write %s/%s", results->path, name);
    return error_advise(err, "free some space, or choose another place with --out DIR"), rc;
  }
  return 0;
}

int samples_open(struct samples_log *log, struct results *results, struct error *err) {
  memset(log, 0, sizeof *log);
  log->results = results;
  int rc = open_one(results, "rounds.csv", rounds_header, &log->rounds, err);
  if (rc == 0) rc = open_one(results, "processes.csv", processes_header, &log->processes, err);
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
    int rc = error_set(err, -ENOLINK, "%s/%s was removed while it was being written", log->results->path, name);
    return error_advise(err, "leave the results folder in place until the campaign has ended, and start again"), rc;
  }
  ssize_t n;
  do n = write(fileno(f), text, length);
  while (n < 0 && errno == EINTR);
  if (n == (ssize_t)length) return 0;
  int rc = error_set_errno(err, n < 0 ? -errno : -ENOSPC, "cannot write %s/%s", log->results->path, name);
  if (rc == -ENOSPC || rc == -EDQUOT || rc == -EFBIG)
    error_advise(err, "free some space, then go on with --resume %s", log->results->path);
  return rc;
}

int samples_append(struct samples_log *log, const struct sample *s, const struct ab_record *record, struct error *err) {
  enum { LINE = 448 };
  static char text[AB_ROUNDS_MAX * LINE];
  size_t n = 0;
  for (uint32_t i = 0; i < record->rounds_done && i < AB_ROUNDS_MAX; i++) {
    const struct round *r = &record->round[i];
    n += (size_t)snprintf(
        text + n, LINE, "%llu,%u,%u,%llu,%llu,%llu,%llu,%llu,%llu,%u,%u,%u,%u,%u,%u,%u", (unsigned long long)s->pair,
        s->side, i, (unsigned long long)r->wall_ns, (unsigned long long)r->tsc, (unsigned long long)r->ops,
        (unsigned long long)r->allocs, (unsigned long long)r->frees, (unsigned long long)r->tiny_frees, r->minor_faults,
        r->major_faults, r->voluntary_switches, r->involuntary_switches, r->cpu, r->migrated, r->toggled);
    for (uint32_t k = 0; k < AB_PMU_MAX; k++)
      n += k < record->pmu_count ? (size_t)snprintf(text + n, 32, ",%llu", (unsigned long long)r->pmu[k])
                                 : (size_t)snprintf(text + n, 32, ",");
    n += record->pmu_count ? (size_t)snprintf(text + n, 64, ",%llu,%llu", (unsigned long long)r->enabled_ns,
                                              (unsigned long long)r->running_ns)
                           : (size_t)snprintf(text + n, 64, ",,");
    n += r->width > 0 ? (size_t)snprintf(text + n, 32, ",%.5f\n", r->width) : (size_t)snprintf(text + n, 32, ",\n");
  }
  int rc = put(log, log->rounds, "rounds.csv", text, n, err);
  if (rc) return rc;
  n = (size_t)snprintf(text, sizeof text, "%llu,%u,%s,%u,%llu,%u,%u,%d,%llu,%llu,%llu,%llu,%llu,%ld,%.6f,%u\n",
                       (unsigned long long)s->pair, s->side, s->kind == SAMPLE_CONTROL ? "control" : "test", s->place,
                       (unsigned long long)s->seed, s->run, s->rounds, s->complete, (unsigned long long)s->started_ns,
                       (unsigned long long)s->ready_ns, (unsigned long long)s->ended_ns, (unsigned long long)s->cpu_ns,
                       (unsigned long long)s->max_rss_bytes, s->steal_ticks, s->elapsed_s, s->pmu_count);
  return put(log, log->processes, "processes.csv", text, n, err);
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
