/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples_log.c: samples on disk as they come; see samples.h. */
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/data/csv_tables.h"
#include "harness/data/samples.h"

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
                          .width = r->width > 0 ? r->width : NAN,
                          .wait_ns = r->wait_ns == ROUND_NOT_MEASURED ? COLUMN_EMPTY : r->wait_ns };
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
