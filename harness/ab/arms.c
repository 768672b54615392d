/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arms.c: any number of commands or libraries: blocks in which each runs once, in an order that is drawn.
 *
 * A run is on disk when it has ended. One that fails is kept in runs.csv, and its arm is in no comparison any
 * more, also after a resume: the runs that do not fail are a choice of the fast ones. */
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/ab/ab_run.h"
#include "harness/ab/arms_expand.h"
#include "harness/ab/neighbours.h"
#include "harness/ab/pilot.h"
#include "harness/ab/schedule.h"
#include "harness/core/container.h"
#include "harness/core/interrupt.h"
#include "harness/core/progress.h"
#include "harness/data/csv_tables.h"

/* Rounds of one process of a library, as of a campaign; pilots that find how long they are. */
enum { ROUNDS = 10 };

struct arms_campaign {
  const struct ab_options *o;
  struct campaign_spec spec;
  struct results *results;
  struct session session;
  struct arms arms;
  struct words words[AB_ARMS_MAX]; /* of the arms, for the session */
  struct run_accept accept;
  FILE *log;
  LIST_OF(struct arm_run) run;
  bool failed[AB_ARMS_MAX];
  uint64_t failures[AB_ARMS_MAX];
  char failure[AB_ARMS_MAX][COLUMNS_TEXT_MAX + 64];
  uint64_t next_block, strays, forged;
  double elapsed_s, started_s;
  double fastest_ns;              /* of a step, of the process that ended last */
  double own_s;                   /* CPU time of what was run, and of us, in this part */
  struct verdict_company company; /* of this part */
  int pmu_errno; /* why not all hardware counters of commands are there; 0: they are, or nobody asked */
  bool interrupted;
};

static size_t live(const struct arms_campaign *c) {
  size_t n = 0;
  for (size_t i = 0; i < c->arms.count; i++) n += !c->failed[i];
  return n;
}

/* --- what is on disk ------------------------------------------------------------------------------- */

static int put_line(struct arms_campaign *c, FILE *f, const struct columns *table, const void *row, struct error *err) {
  char text[2 * COLUMNS_LINE_MAX];
  struct stat st;
  size_t n = 0;
  if (fstat(fileno(f), &st) == 0 && st.st_size == 0) n = columns_header(table, text);
  n += columns_line(table, row, text + n);
  if (fwrite(text, 1, n, f) == n && fflush(f) == 0) return 0;
  int rc = error_set_errno(err, errno ? -errno : -EIO, "cannot write %s/%s", c->results->path, table->file);
  error_set_kind(err, ERROR_UNMEASURED);
  error_advise(err, "free some space, then go on with --resume %s", c->results->path);
  return rc;
}

static void note_failure(struct arms_campaign *c, const struct run_line *l) {
  char text[64];
  int status = l->signal != COLUMN_EMPTY ? (int)l->signal : (int)(l->exit_code & 255) << 8;
  if (c->failures[l->side]++ == 0)
    snprintf(c->failure[l->side], sizeof c->failure[0], "run %llu: %s%s%s", (unsigned long long)l->pair,
             child_describe_status(status, text, sizeof text), l->output[0] ? ": " : "", l->output);
  c->failed[l->side] = true;
}

static int load_failures(struct arms_campaign *c, struct error *err) {
  struct columns_reader reader;
  struct run_line l;
  char path[PATH_MAX];
  if (faccessat(c->results->dir_fd, run_columns.file, F_OK, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  snprintf(path, sizeof path, "%.3900s/%s", c->results->path, run_columns.file);
  FILE *f = samples_file(c->results, run_columns.file, true, err);
  if (!f) return err->code;
  int rc = columns_start(&reader, &run_columns, f, path, err);
  while (rc == 0 && (rc = columns_next(&reader, &l, err)) > 0) {
    if (l.side >= c->arms.count)
      rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s:%zu is not as it was written", path, reader.line);
    else note_failure(c, &l), rc = 0;
  }
  fclose(f);
  return rc;
}

static bool can_be(const struct arms_campaign *c, const struct arm_run *r, size_t line) {
  return r->arm < c->arms.count && r->place < c->arms.count && r->block < line && r->ns > 0 && isfinite(r->ns) &&
         r->elapsed_s >= 0 && r->elapsed_s < 1e12;
}

static int load_runs(struct arms_campaign *c, struct error *err) {
  struct columns_reader reader;
  struct arm_run r;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3900s/%s", c->results->path, timing_columns.file);
  if (faccessat(c->results->dir_fd, timing_columns.file, F_OK, AT_SYMLINK_NOFOLLOW) != 0) return 0;
  FILE *f = samples_file(c->results, timing_columns.file, true, err);
  if (!f) return err->code;
  int rc = columns_start(&reader, &timing_columns, f, path, err);
  while (rc == 0 && (rc = columns_next(&reader, &r, err)) > 0) {
    struct arm_run *one = can_be(c, &r, reader.line) ? fields_append(&c->run, sizeof *one) : NULL;
    if (!one) {
      rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s:%zu is not as it was written", path, reader.line);
      break;
    }
    *one = r;
    if (r.block >= c->next_block) c->next_block = r.block + 1;
    c->elapsed_s = fmax(c->elapsed_s, r.elapsed_s);
    rc = 0;
  }
  fclose(f);
  return rc;
}

/* --- one process ----------------------------------------------------------------------------------- */

static struct ab_job new_job(const struct arms_campaign *c, uint32_t kind, uint32_t arm, uint64_t block) {
  const struct campaign_spec *s = &c->spec;
  struct ab_job job = { .kind = kind,
                        .side = arm,
                        .id = block,
                        .threads = s->threads,
                        .rounds = s->rounds,
                        .warm_rounds = s->warm_rounds,
                        .round_ops = s->round_ops,
                        .warm_ops = s->warm_ops,
                        .slots = s->slots,
                        .file_crc = s->file_crc,
                        .seed = schedule_mix(s->seed, block, 1) | 1 };
  if (s->timeout_s > 0 || kind == AB_JOB_BENCH) job.timeout_s = s->timeout_s > 0 ? (uint32_t)ceil(s->timeout_s) : 60;
  memcpy(job.cpu, s->cpu, sizeof job.cpu);
  return job;
}

/* *ok: it ended well. What did not is kept, and said. */
static int run_one(struct arms_campaign *c, struct ab_job *job, uint32_t place, struct arm_run *run, bool *ok,
                   struct error *err) {
  static struct ab_record r;
  struct ab_answer a;
  struct sample s;
  *ok = false;
  int rc = session_submit(&c->session, job, 0, 0, err);
  if (rc == 0) rc = session_collect(&c->session, &a, err);
  if (rc) return rc;
  const char *fault = session_take(&c->session, a.record, &r);
  c->strays += a.strays;
  c->own_s += (double)a.cpu_ns / 1e9;
  if (run_accepted(&c->accept, a.status) && r.state == AB_RECORD_DONE) {
    if (fault != NULL) {
      c->forged++;
      return 0;
    }
    memset(&s, 0, sizeof s);
    samples_reduce(&s, r.round, r.rounds_done < AB_ROUNDS_MAX ? r.rounds_done : AB_ROUNDS_MAX);
    c->fastest_ns = s.fastest_ns;
    *run = (struct arm_run){ .block = job->id,
                             .arm = job->side,
                             .place = place,
                             .ns = exp(s.log_ns),
                             .user_ns = a.user_ns,
                             .system_ns = a.system_ns,
                             .max_rss_bytes = a.max_rss_bytes,
                             .minor_faults = s.minor_faults,
                             .voluntary = s.voluntary,
                             .involuntary = s.involuntary,
                             .exit_code = (uint64_t)WEXITSTATUS(a.status),
                             .elapsed_s = c->elapsed_s + clock_monotonic_s() - c->started_s };
    for (uint32_t k = 0; k < AB_PMU_MAX; k++)
      run->pmu[k] = job->kind == AB_JOB_COMMAND && k < r.pmu_count ? r.round[0].pmu[k] : UINT64_MAX;
    if (job->kind == AB_JOB_COMMAND && r.pmu_count < AB_PMU_MAX) c->pmu_errno = r.pmu_errno;
    *ok = job->kind == AB_JOB_SETUP || job->kind == AB_JOB_CLEANUP || run->ns > 0;
    if (*ok) return 0;
    snprintf(r.message, sizeof r.message, "it has no time");
  }
  /* somebody ended us, and the run with us; what --cleanup does then is its own doing */
  if (interrupt_pending() && job->kind != AB_JOB_CLEANUP) return -EINTR;
  struct run_line l = { .pair = job->id,
                        .side = job->side,
                        .place = place,
                        .exit_code = WIFSIGNALED(a.status) ? COLUMN_EMPTY : (uint64_t)WEXITSTATUS(a.status),
                        .signal = WIFSIGNALED(a.status) ? (uint64_t)WTERMSIG(a.status) : COLUMN_EMPTY,
                        .elapsed_s = c->elapsed_s };
  snprintf(l.output, sizeof l.output, "%.159s", r.message);
  for (char *p = l.output; *p; p++)
    if ((unsigned char)*p < ' ' || *p == 127) *p = ' '; /* several lines of it, or an escape */
  note_failure(c, &l);
  progress_step(c->spec.quiet, "%s failed, and is left out: %s", c->arms.arm[l.side].name, c->failure[l.side]);
  FILE *f = results_append(c->results, run_columns.file, err);
  if (!f) return err->code;
  rc = put_line(c, f, &run_columns, &l, err);
  return fclose(f) == 0 || rc ? rc : error_set_errno(err, -errno, "cannot write %s", run_columns.file);
}

/* Once for each arm: a hook, or runs that nobody times. */
static int for_each(struct arms_campaign *c, uint32_t kind, uint64_t times, struct error *err) {
  int rc = 0;
  for (uint32_t i = 0; i < c->arms.count; i++)
    for (uint64_t k = 0; k < times && (!c->failed[i] || kind == AB_JOB_CLEANUP) && rc == 0; k++) {
      struct ab_job job = new_job(c, kind, i, 0);
      struct arm_run ignored;
      bool ok;
      rc = run_one(c, &job, 0, &ignored, &ok, err);
    }
  return rc;
}

/* How many steps a round has, of libraries: by the first one, for all. */
static int pilot(struct arms_campaign *c, struct error *err) {
  struct pilot p;
  pilot_start(&p);
  do {
    struct arm_run r;
    c->spec.round_ops = p.ops;
    bool ok;
    struct ab_job job = new_job(c, AB_JOB_BENCH, 0, 0);
    job.rounds = PILOT_ROUNDS;
    job.warm_ops = job.round_ops;
    int rc = run_one(c, &job, 0, &r, &ok, err);
    if (rc) return rc;
    if (!ok) return error_raise(err, ERROR_UNMEASURED, -ECHILD, "%s: %s", c->arms.arm[0].name, c->failure[0]);
  } while (pilot_next(&p, c->fastest_ns));
  c->spec.round_ops = p.ops;
  c->spec.rounds = campaign_rounds(&c->spec);
  c->spec.warm_ops = 8 * c->spec.round_ops;
  return 0;
}

/* --- blocks ---------------------------------------------------------------------------------------- */

/* Fisher and Yates, from the campaign's seed: a resumed campaign goes on with the same plan. */
static void draw_order(const struct arms_campaign *c, uint64_t block, uint32_t order[AB_ARMS_MAX]) {
  size_t n = c->arms.count;
  for (uint32_t i = 0; i < n; i++) order[i] = i;
  for (size_t i = n; i > 1; i--) {
    size_t k = (size_t)(schedule_mix(c->spec.seed, block, 100 + i) % i);
    uint32_t one = order[k];
    order[k] = order[i - 1];
    order[i - 1] = one;
  }
}

static int block(struct arms_campaign *c, struct error *err) {
  uint32_t order[AB_ARMS_MAX];
  int rc = 0;
  draw_order(c, c->next_block, order);
  for (uint32_t place = 0; place < c->arms.count && rc == 0; place++) {
    struct arm_run r;
    bool ok;
    if (c->failed[order[place]]) continue;
    struct ab_job job = new_job(c, c->spec.kind, order[place], c->next_block);
    rc = run_one(c, &job, place, &r, &ok, err);
    if (rc || !ok) continue;
    struct arm_run *one = fields_append(&c->run, sizeof *one);
    if (!one) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    *one = r;
    rc = put_line(c, c->log, &timing_columns, &r, err);
  }
  c->next_block++;
  return rc;
}

static int blocks(struct arms_campaign *c, struct error *err) {
  struct progress progress;
  uint64_t runs = c->o->commands.runs, done = 0;
  double before = c->elapsed_s;
  struct container_quota quota, after;
  struct neighbours there[2];
  int rc = 0;
  container_quota(&quota);
  progress_start(&progress, c->spec.label, c->spec.quiet);
  neighbours_read(&there[0]);
  c->own_s = -neighbours_own_s(false);
  c->started_s = clock_monotonic_s();
  /* who is left alone is not compared: the budget is not spent on it */
  size_t enough = runs || c->arms.count == 1 ? 1 : 2;
  while (rc == 0 && live(c) >= enough && !interrupt_pending()) {
    double now = clock_monotonic_s() - c->started_s, one = done ? now / (double)done : 0;
    if (runs && c->next_block >= runs) break;
    if (before + now + one / 2 >= c->spec.budget_s && done + c->next_block > 0) break;
    rc = block(c, err);
    done++;
    progress_update(&progress,
                    fmax(runs ? (double)c->next_block / (double)runs : 0,
                         (before + clock_monotonic_s() - c->started_s) / c->spec.budget_s),
                    NULL);
  }
  c->elapsed_s = before + clock_monotonic_s() - c->started_s;
  container_quota(&after);
  neighbours_read(&there[1]);
  c->own_s += neighbours_own_s(false);
  c->company.throttled_pct = 100 * (after.stopped_s - quota.stopped_s) / (c->elapsed_s - before);
  c->company.others_pct = neighbours_others_pct(&there[0], &there[1], c->own_s);
  c->company.waiting_pct = neighbours_waiting_pct(&there[0], &there[1]);
  progress_finish(&progress);
  return rc;
}

/* --- result ---------------------------------------------------------------------------------------- */

static int fill_arms(const struct arms_campaign *c, struct ab_result *r, size_t *taken_back, struct error *err) {
  for (size_t i = 0; i < c->arms.count; i++) {
    const struct arm *from = &c->arms.arm[i];
    struct ab_arm *to = fields_append(&r->arms, sizeof *to);
    if (!to) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    fields_init(&ab_arm_fields, to);
    fields_copy_text(&to->name, from->name);
    fields_copy_text(&to->command, from->command);
    to->failures = (int64_t)c->failures[i];
    if (c->failed[i]) fields_copy_text(&to->failure, c->failure[i]);
    for (size_t k = 0; k < from->parameters; k++) {
      struct ab_parameter *p = fields_append(&to->parameters, sizeof *p);
      if (!p) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
      fields_copy_text(&p->name, from->parameter[k]);
      fields_copy_text(&p->value, from->value[k]);
    }
  }
  const struct arm_table table = { .run = c->run.item,
                                   .runs = c->run.count,
                                   .failed = c->failed,
                                   .arms = c->arms.count,
                                   .level = c->o->level,
                                   .margin_pct = c->o->margin_pct,
                                   .company = c->company,
                                   .taken_back = taken_back };
  return arm_stats(&table, r->arms.item, &r->arm_pairs) ? error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory")
                                                        : 0;
}

/* Who is fastest, as far as that is told. */
static void conclude(const struct arms_campaign *c, struct ab_result *r, size_t taken_back) {
  char names[400] = "";
  size_t first = 0, compared = 0;
  for (size_t i = 0; i < r->arms.count; i++) {
    const struct ab_arm *a = &r->arms.item[i];
    compared += a->rank_first > 0;
    if (a->rank_first != 1) continue;
    size_t n = strlen(names);
    snprintf(names + n, sizeof names - n, "%s%.100s", first++ ? ", " : "", a->name);
  }
  r->m.verdict = r->arms.count == 2 && r->arm_pairs.count == 1 ? r->arm_pairs.item[0].verdict : VERDICT_NONE;
  if (compared == 0) fields_text(&r->m.reason, "none of the %zu could be measured", r->arms.count);
  else if (r->arms.count == 1) fields_text(&r->m.reason, "%s by itself", names);
  else if (compared == 1) fields_text(&r->m.reason, "%s alone could be measured", names);
  else if (first == 1) fields_text(&r->m.reason, "%s is the fastest of %zu", names, compared);
  else fields_text(&r->m.reason, "not told apart as the fastest of %zu: %s", compared, names);
  size_t failed = r->arms.count - live(c);
  if (failed) {
    char *before = r->m.reason;
    r->m.reason = NULL;
    fields_text(&r->m.reason, "%s; %zu failed", before, failed);
    free(before);
  }
  if (taken_back) {
    char *before = r->m.reason, why[256];
    verdict_company_text(&c->company, why, sizeof why);
    r->m.reason = NULL;
    fields_text(&r->m.reason, "%s; %zu of the pairs without a verdict for it: %s", before, taken_back, why);
    free(before);
  }
  if (c->interrupted) {
    r->m.verdict = VERDICT_INCONCLUSIVE;
    fields_text(&r->m.reason, "interrupted after %.1f s; --resume goes on", c->elapsed_s);
  }
}

static int fill(const struct arms_campaign *c, struct ab_result *r, struct error *err) {
  fields_bring_in(&ab_result_fields, r, AB_TIMED);
  size_t taken_back = 0;
  int rc = fill_arms(c, r, &taken_back, err);
  if (rc) return rc;
  bool commands = c->spec.kind == AB_JOB_COMMAND;
  if (r->arm_pairs.count == 1) r->m.gain_pct = r->arm_pairs.item[0].gain_pct;
  r->m.elapsed_s = c->elapsed_s;
  if (c->o->commands.runs == 0) r->m.budget_s = c->spec.budget_s;
  else r->runs_of_each = (int64_t)c->o->commands.runs;
  r->m.stopped_early = ANSWER_NO;
  r->m.threads = commands ? COUNT_UNKNOWN : (int64_t)c->spec.threads;
  r->m.rounds = c->spec.rounds;
  r->m.round_ops = commands ? COUNT_UNKNOWN : (int64_t)c->spec.round_ops;
  r->m.take_turns = c->spec.take_turns ? ANSWER_YES : ANSWER_NO;
  fields_copy_text(&r->m.layout_sampling, "none: the code is measured in the one layout that it was linked with");
  fields_copy_text(&r->m.core.reason,
                   commands ? "a command is measured from outside" : "the width is not modelled for many libraries");
  r->m.throttled_pct = c->company.throttled_pct;
  r->m.others_pct = c->company.others_pct;
  r->m.waiting_pct = c->company.waiting_pct;
  if ((r->m.counters = fields_new(&ab_counters_fields)) == NULL)
    return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  fields_copy_text(&r->m.counters->hardware_reason, !commands      ? "not counted of many libraries: bench does"
                                                    : c->pmu_errno ? ab_counters_why_not(c->pmu_errno)
                                                                   : NULL);
  if (c->strays) r->m.strays = (int64_t)c->strays;
  r->m.partial = c->interrupted ? ANSWER_YES : ANSWER_NO;
  conclude(c, r, taken_back);
  return 0;
}

static int open_campaign(struct arms_campaign *c, bool resume, struct error *err) {
  int rc = resume ? load_failures(c, err) : 0;
  if (rc == 0 && resume) rc = load_runs(c, err);
  if (rc) return rc;
  c->log = results_append(c->results, timing_columns.file, err);
  if (!c->log) return err->code;
  for (size_t i = 0; i < c->arms.count; i++) c->words[i] = c->arms.arm[i].words;
  struct session_spec s = { .workload = c->spec.workload,
                            .arm = c->words,
                            .arms = c->arms.count,
                            .env = c->spec.env,
                            .user = c->spec.user,
                            .cpu = c->spec.cpu[0] };
  return session_open(&c->session, &s, c->results, err);
}

int ab_arms(const struct ab_options *o, struct results *results, bool resume, struct ab_result *r, struct error *err) {
  struct arms_campaign *c = calloc(1, sizeof *c);
  if (!c) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  bool chosen = false;
  c->o = o;
  c->company = verdict_alone();
  c->results = results;
  c->session.child.pid = -1;
  c->session.job_fd = c->session.answer_fd = c->session.records_fd = c->session.images_fd = -1;
  int rc = ab_base_spec(o, o->commands.lib ? ab_first_threads(o) : o->threads[0], &c->spec, err);
  if (rc == 0) rc = arms_expand(o, &c->arms, err);
  if (rc == 0) rc = run_accept_parse(o->commands.accept, &c->accept, err);
  c->spec.kind = o->commands.lib ? AB_JOB_BENCH : AB_JOB_COMMAND;
  c->spec.rounds = o->commands.lib ? ROUNDS : 1;
  if (!o->commands.lib) c->spec.workload = "-";
  for (unsigned t = 0; t < AB_THREADS_MAX && !o->commands.lib && !o->threads_given; t++) c->spec.cpu[t] = -1;
  if (rc == 0 && resume) rc = ab_chosen_load(results, &c->spec, &chosen, err);
  if (rc == 0) rc = open_campaign(c, resume, err);
  c->started_s = clock_monotonic_s();
  if (rc == 0) rc = for_each(c, AB_JOB_SETUP, !o->commands.lib, err);
  if (rc == 0 && o->commands.lib && !chosen) rc = pilot(c, err);
  if (rc == 0 && !chosen) rc = ab_chosen_write(results, &c->spec, err);
  if (rc == 0) rc = for_each(c, c->spec.kind, o->commands.warmup, err);
  if (rc == 0) rc = blocks(c, err);
  c->interrupted = rc == -EINTR || (rc == 0 && interrupt_pending());
  if (c->interrupted) rc = 0;
  if (c->session.child.pid > 0 && !o->commands.lib) {
    struct error after = { 0 };
    c->session.deaf = true;
    int cleaned = c->interrupted ? session_restart(&c->session, &after) : 0;
    if (cleaned == 0) for_each(c, AB_JOB_CLEANUP, 1, &after);
  }
  if (rc == 0) rc = fill(c, r, err);
  session_close(&c->session);
  if (c->log) fclose(c->log);
  free(c->run.item);
  arms_free(&c->arms);
  free(c);
  return rc;
}
