/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust.c: see trust.h. */
#include "harness/ab/trust.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "harness/ab/trust_campaign.h"
#include "harness/core/interrupt.h"
#include "harness/core/names.h"
#include "harness/core/progress.h"
#include "harness/trace/trace_facts.h"

/* How much more often the same code is measured than what is added: its answer is to be one of many hundreds. */
enum { SAME_CODE_WEIGHT = 4 };

/* Lines of a quiet machine do not stand for those of a busy one, nor the other way round. */
enum condition { QUIET, BUSY, CONDITIONS };

struct plan {
  bool wanted[TRUST_WORKLOADS][TRUST_KINDS];
  size_t lines[CONDITIONS][TRUST_WORKLOADS][TRUST_KINDS];
  enum condition now; /* that of the last campaign */
};

static enum condition condition_of(const struct trust_line *l) {
  return l->others_pct < TRUST_QUIET_PCT ? QUIET : BUSY;
}

static bool same_code(enum trust_kind k) { return k == TRUST_SAME || k == TRUST_RELINKED; }

static bool injectable(const char *name) {
  for (const char *const *n = inject_names(); *n; n++)
    if (strcmp(*n, name) == 0) return true;
  return false;
}

/* Layouts are drawn anew for images alone, and only their free has a place for more instructions. */
static int make_plan(const struct trust_request *q, struct plan *p, struct error *err) {
  bool workload[TRUST_WORKLOADS], kind[TRUST_KINDS], any = false;
  int rc = names_choose(q->workloads, "workload", trust_workload_names, workload, err);
  if (rc == 0) rc = names_choose(q->kinds, "kind", trust_kind_names, kind, err);
  for (int w = 0; w < TRUST_WORKLOADS && rc == 0; w++)
    for (int k = 0; k < TRUST_KINDS; k++) {
      bool images = w == TRUST_RANDOM_MIXED || w == TRUST_REMOTE_FREE;
      bool can = k == TRUST_SAME || (images && (k == TRUST_RELINKED || injectable(trust_kind_names[k])));
      /* of two threads two effects: a curve of each would take as long again */
      if (w == TRUST_REMOTE_FREE && !same_code(k) && k != TRUST_NOPS_8 && k != TRUST_LOCK_1) can = false;
      if (w == TRUST_REPLAY && !q->trace) can = false;
      any |= p->wanted[w][k] = workload[w] && kind[k] && can;
    }
  if (rc == 0 && !any)
    rc = error_raise(err, ERROR_USAGE, -EINVAL, "of these kinds and workloads there is no campaign%s",
                     q->trace ? "" : " (to replay, a trace has to be named)");
  return rc;
}

static int count_lines(const char *file, FILE *f, struct plan *p, struct error *err) {
  struct columns_reader reader;
  struct trust_line line;
  int rc = columns_start(&reader, &trust_columns, f, file, err);
  while (rc == 0 && (rc = columns_next(&reader, &line, err)) > 0) {
    rc = 0;
    if (line.workload >= TRUST_WORKLOADS || line.kind >= TRUST_KINDS || line.engine != TRUST_ENGINE) continue;
    p->now = condition_of(&line);
    p->lines[p->now][line.workload][line.kind]++;
  }
  return rc;
}

/* A last line that a kill cut short goes away, or the next one would stand behind it. */
static int cut_to_lines(const char *file, FILE *f, struct error *err) {
  fseek(f, 0, SEEK_END);
  long end = ftell(f);
  while (end > 0 && fseek(f, end - 1, SEEK_SET) == 0 && getc(f) != '\n') end--;
  if (fseek(f, 0, SEEK_END) == 0 && end == ftell(f)) return 0;
  return ftruncate(fileno(f), end) == 0 ? 0 : error_set_errno(err, -errno, "cannot write %s", file);
}

/* Opened, locked for us alone, its lines counted, at its end. */
static int open_file(const char *file, FILE **f, struct plan *p, struct error *err) {
  char text[COLUMNS_LINE_MAX];
  int fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  *f = fd >= 0 ? fdopen(fd, "r+") : NULL;
  if (!*f) return error_set_errno(err, -errno, "cannot open %s", file);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0)
    return error_raise(err, ERROR_USAGE, -EBUSY, "another run appends to %s", file);
  fseek(*f, 0, SEEK_END);
  if (ftell(*f) > 0) {
    rewind(*f);
    int rc = count_lines(file, *f, p, err);
    return rc ? rc : cut_to_lines(file, *f, err);
  }
  size_t n = columns_header(&trust_columns, text);
  return fwrite(text, 1, n, *f) == n && fflush(*f) == 0 ? 0 : error_set_errno(err, -errno, "cannot write %s", file);
}

static int append(FILE *f, const char *file, const struct trust_line *line, struct error *err) {
  char text[COLUMNS_LINE_MAX];
  size_t n = columns_line(&trust_columns, line, text);
  return fwrite(text, 1, n, f) == n && fflush(f) == 0 ? 0 : error_set_errno(err, -errno, "cannot write %s", file);
}

static void next(const struct plan *p, struct trust_campaign *t) {
  double least = -1;
  for (int w = 0; w < TRUST_WORKLOADS; w++)
    for (int k = 0; k < TRUST_KINDS; k++) {
      double have = (double)p->lines[p->now][w][k] / (same_code(k) ? SAME_CODE_WEIGHT : 1);
      if (!p->wanted[w][k] || (least >= 0 && have >= least)) continue;
      least = have;
      t->workload = (enum trust_workload)w;
      t->kind = (enum trust_kind)k;
    }
}

static int build(const struct trust_request *q, const struct plan *p, struct injections *in, struct error *err) {
  const char *names[TRUST_KINDS + 1];
  size_t n = 0;
  for (int k = 0; k < TRUST_KINDS; k++) {
    bool wanted = false;
    for (int w = 0; w < TRUST_WORKLOADS; w++) wanted |= p->wanted[w][k];
    if (wanted && !same_code(k)) names[n++] = trust_kind_names[k];
  }
  names[n] = NULL;
  return inject_build(in, q->options.source_dir, n ? names : NULL, err);
}

static int check_trace(const char *trace, struct trace_facts *facts, struct error *err) {
  int rc = trace ? trace_facts_read(trace, facts, err) : 0;
  if (rc == 0 && trace && facts->header.threads != 1)
    rc = error_raise(err, ERROR_USAGE, -EINVAL, "%s has %u threads; one is wanted", trace,
                     (unsigned)facts->header.threads);
  return rc;
}

static int campaigns(const struct trust_request *q, struct plan *p, struct trust_campaign *t, FILE *f, size_t *added,
                     bool *interrupted, struct error *err) {
  struct results results;
  struct progress progress;
  char text[128];
  int rc = results_create(&results, q->options.out_dir, "trust", "campaigns", err);
  if (rc) return rc;
  double started = clock_monotonic_s(), spent = 0;
  progress_start(&progress, "campaigns", q->options.quiet);
  while (rc == 0 && !*interrupted && spent < q->seconds && (q->campaigns == 0 || *added < q->campaigns)) {
    struct trust_line line;
    bool done = false;
    next(p, t);
    t->seed = ab_random_seed();
    snprintf(text, sizeof text, "%zu done; %s, %s", *added, trust_workload_names[t->workload],
             trust_kind_names[t->kind]);
    double share = spent / q->seconds, of_all = q->campaigns ? (double)*added / (double)q->campaigns : 0;
    progress_update(&progress, share > of_all ? share : of_all, text);
    rc = trust_campaign_run(t, &results, &line, &done, err);
    *interrupted = interrupt_pending();
    if (rc || !done) break;
    rc = append(f, q->file, &line, err);
    p->now = condition_of(&line);
    p->lines[p->now][t->workload][t->kind]++;
    (*added)++;
    spent = clock_monotonic_s() - started;
  }
  progress_finish(&progress);
  rmdir(results.path); /* empty unless a campaign failed, and then it says why */
  results_close(&results);
  return rc;
}

int trust_run(const struct trust_request *q, size_t *added, bool *interrupted, struct error *err) {
  struct plan plan;
  struct injections injected = { .count = 0 };
  struct trace_facts trace;
  FILE *f = NULL;
  memset(&plan, 0, sizeof plan);
  *added = 0;
  *interrupted = false;
  int rc = make_plan(q, &plan, err);
  if (rc == 0) rc = check_trace(q->trace, &trace, err);
  if (rc == 0) rc = open_file(q->file, &f, &plan, err);
  if (rc == 0) rc = build(q, &plan, &injected, err);
  struct trust_campaign t = { .options = &q->options, .injected = &injected, .trace = &trace };
  if (rc == 0) rc = campaigns(q, &plan, &t, f, added, interrupted, err);
  inject_free(&injected);
  if (f) fclose(f);
  return rc;
}
