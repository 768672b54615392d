/* SPDX-License-Identifier: GPL-3.0-or-later */
/* campaign.c: see campaign.h. The measured process runs on one CPU, this loop on another: it
 * keeps a few pairs queued at the runner, so that layouts are made and samples written while the
 * next process is measured. */
#include "harness/ab/campaign.h"

#include <limits.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/neighbours.h"
#include "harness/ab/pilot.h"
#include "harness/ab/schedule.h"
#include "harness/core/container.h"
#include "harness/core/interrupt.h"
#include "harness/core/progress.h"
#include "harness/core/units.h"

enum {
  IN_FLIGHT = 3,      /* pairs queued at the runner */
  RESTART_PAIRS = 64, /* the runner's own addresses are drawn anew after so many */
};

struct flight {
  struct schedule_pair plan;
  struct sample sample[2];
  struct ab_record record[2]; /* of each sample, as it was when its process had ended */
};

static unsigned per_pair(const struct campaign *c) { return c->spec.toggles ? 1 : 2; }

/* Steal ticks of the CPUs that are measured on; -1: not known. */
static long steal_ticks(const struct campaign *c) {
  char line[512];
  long total = -1;
  FILE *f = fopen("/proc/stat", "re");
  if (!f) return -1;
  while (fgets(line, sizeof line, f) && strncmp(line, "cpu", 3) == 0) {
    char *rest;
    long cpu = line[3] == ' ' ? -1 : strtol(line + 3, &rest, 10), v[8];
    if (line[3] == ' ') rest = line + 3;
    bool mine = c->spec.cpu[0] < 0 ? cpu == -1 : false;
    for (unsigned t = 0; t < c->spec.threads && c->spec.cpu[0] >= 0; t++) mine |= cpu == c->spec.cpu[t];
    if (mine &&
        sscanf(rest, "%ld %ld %ld %ld %ld %ld %ld %ld", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) == 8)
      total = (total < 0 ? 0 : total) + v[7];
  }
  fclose(f);
  return total;
}

/* Off the measuring CPUs, where there are others. */
static void step_aside(struct campaign *c, cpu_set_t *before) {
  cpu_set_t set;
  CPU_ZERO(before);
  sched_getaffinity(0, sizeof *before, before);
  set = *before;
  for (unsigned t = 0; t < c->spec.threads && c->spec.cpu[0] >= 0; t++)
    if (c->spec.cpu[t] >= 0) CPU_CLR((size_t)c->spec.cpu[t], &set);
  c->beside = CPU_COUNT(&set) == 0;
  if (!c->beside) sched_setaffinity(0, sizeof set, &set);
}

int campaign_open(struct campaign *c, const struct campaign_spec *spec, struct results *results, bool resume,
                  struct error *err) {
  memset(c, 0, sizeof *c);
  c->spec = *spec;
  c->core = PAIRS_CORE_NONE;
  c->results = results;
  c->next_pair = 1;
  c->steal_pct = c->throttled_pct = c->others_pct = c->waiting_pct = NAN;
  c->gain_pct = c->mean_gain_pct = c->control_pct = stats_none();
  for (int k = 0; k < CORE_ENDS; k++) {
    c->end[k] = (struct core_end){ .gain = stats_none(), .mean = stats_none(), .width = NAN };
    c->end_verdict[k] = VERDICT_NONE;
  }
  c->verdict.verdict = VERDICT_INCONCLUSIVE;
  c->verdict.needed_s = NAN;
  c->session.child.pid = -1;
  c->session.job_fd = c->session.answer_fd = c->session.records_fd = c->session.images_fd = -1;
  signal(SIGXFSZ, SIG_IGN); /* a file size limit is then an error like a full disk */
  /* what is there is read before anything is written: an emptied file is not begun anew */
  int rc = resume ? campaign_check_runs(c, err) : 0;
  if (rc == 0) rc = resume ? campaign_take_up(c, err) : samples_open(&c->log, results, err);
  if (rc == 0) rc = campaign_looks_open(c, resume, err);
  if (rc == 0) {
    struct session_spec s = { .workload = spec->workload,
                              .side_argv = { spec->side_argv[0], spec->side_argv[1] },
                              .env = spec->env,
                              .user = spec->user,
                              .runner = spec->runner,
                              .cpu = spec->cpu[0] };
    for (int side = 0; side < 2; side++)
      if (spec->kind == AB_JOB_IMAGE && spec->image[side]->size > s.image_bytes)
        s.image_bytes = spec->image[side]->size;
    rc = session_open(&c->session, &s, results, err);
  }
  if (rc) campaign_close(c);
  return rc;
}

void campaign_close(struct campaign *c) {
  session_close(&c->session);
  samples_close(&c->log);
  if (c->looks) fclose(c->looks);
  c->looks = NULL;
  pairs_free(&c->pairs);
}

static struct ab_job new_job(const struct campaign *c, unsigned record, unsigned side, uint32_t rounds) {
  const struct campaign_spec *s = &c->spec;
  struct ab_job job = { .kind = s->kind,
                        .record = record,
                        .side = side,
                        .threads = s->threads,
                        .rounds = rounds,
                        .warm_rounds = s->warm_rounds,
                        .round_ops = s->round_ops,
                        .warm_ops = s->warm_ops,
                        .slots = s->slots,
                        .file_crc = s->file_crc };
  if (s->timeout_s > 0 || !campaign_is_foreign(s)) job.timeout_s = s->timeout_s > 0 ? (uint32_t)ceil(s->timeout_s) : 60;
  memcpy(job.cpu, s->cpu, sizeof job.cpu);
  return job;
}

/* New addresses of the sections of the pair that was placed last. */
static uint64_t placed_at[2][4096];

/* Writes both images into their records' slots, each laid out by its seed. */
static int place_images(struct campaign *c, const unsigned record[2], const struct layout_image *const image[2],
                        const uint64_t seed[2], struct error *err) {
  if (c->spec.linked_layout) {
    for (int i = 0; i < 2; i++) memcpy(session_image(&c->session, record[i]), image[i]->bytes, image[i]->size);
    return 0;
  }
  int rc = 0;
  struct layout_plan plan;
  for (int i = 0; i < 2 && rc == 0; i++) {
    if (i == 0 || seed[0] != seed[1]) rc = layout_plan_pair(image[0], image[1], seed[i], &plan, err);
    if (rc == 0)
      rc = layout_render(image[i], plan.order[i], plan.gap, session_image(&c->session, record[i]), placed_at[i], err);
    if (rc == 0 && c->spec.patched_out && image[i] == c->spec.image[1])
      toggle_patch(c->spec.patched_out, image[i], placed_at[i], session_image(&c->session, record[i]));
    if (i == 1 || seed[0] != seed[1]) layout_plan_free(&plan);
  }
  if (rc == 0 && seed[0] == seed[1] && !layout_same_order(image[0], placed_at[0], image[1], placed_at[1]))
    rc = error_raise(err, ERROR_INTERNAL, -EIO, "the two variants' common functions do not stand in the same order");
  return rc;
}

static int submit_pair(struct campaign *c, struct flight *f, unsigned slot, struct error *err) {
  const struct campaign_spec *spec = &c->spec;
  memset(f, 0, sizeof *f);
  f->plan = schedule_pair(spec->seed, c->next_pair++, spec->control);
  const struct schedule_pair *p = &f->plan;
  unsigned record[2] = { 2 * slot, 2 * slot + 1 };
  const struct layout_image *image[2];
  for (int i = 0; i < 2; i++)
    image[i] = spec->toggles ? spec->image[1] : spec->image[p->control ? p->control_side : (unsigned)i];
  if (spec->kind == AB_JOB_IMAGE) {
    uint64_t seed[2] = { p->layout_seed,
                         spec->independent_layouts ? schedule_mix(p->layout_seed, 0, 6) : p->layout_seed };
    int rc = place_images(c, record, image, seed, err);
    if (rc) return rc;
  }
  if (spec->place) {
    const unsigned is[2] = { p->control ? p->control_side : 0, p->control ? p->control_side : 1 };
    int rc = spec->place(spec->place_context, p->layout_seed, record, is, err);
    if (rc) return rc;
  }
  for (unsigned place = 0; place < per_pair(c); place++) {
    unsigned side = spec->toggles ? 1 : p->first ^ place;
    struct ab_job job = new_job(c, record[side], p->control && !spec->toggles ? p->control_side : side, spec->rounds);
    job.id = p->index;
    job.seed = p->work_seed;
    job.address_seed = p->address_seed;
    job.image_size = spec->kind == AB_JOB_IMAGE ? image[side]->size : 0;
    if (spec->toggles)
      job.toggles = toggle_place(spec->toggles, image[side], placed_at[side], session_image(&c->session, record[side]),
                                 job.toggle);
    for (uint32_t t = 0; t < job.toggles && p->control; t++) /* rewritten with what stands there */
      memcpy(job.toggle[t].off, job.toggle[t].original, sizeof job.toggle[t].off);
    int rc = session_submit(&c->session, &job, side | (p->control ? 2u : 0), place, err);
    if (rc) return rc;
  }
  return 0;
}

/* Waits for one process and turns its record into a sample. */
static int collect(struct campaign *c, struct sample *s, struct ab_record *record, struct error *err) {
  struct ab_answer a;
  int rc = session_collect(&c->session, &a, err);
  if (rc) return rc;
  const char *fault = session_take(&c->session, a.record, record);
  const struct ab_record *r = record;
  c->strays += a.strays;
  if (c->spec.accept && run_accepted(c->spec.accept, a.status) && r->state == AB_RECORD_DONE) a.status = 0;
  if (a.status != 0 || (r->state != AB_RECORD_DONE && fault == NULL)) return campaign_failed(c, r, &a, err);
  campaign_sample(c, r, s);
  if (fault != NULL) { /* left out: what it wrote into its record cannot be */
    c->forged++;
    s->complete = false;
  }
  s->started_ns = a.started_ns;
  s->ended_ns = a.ended_ns;
  s->cpu_ns = a.cpu_ns;
  c->own_s += (double)a.cpu_ns / 1e9;
  s->max_rss_bytes = a.max_rss_bytes;
  c->side[r->job.side & 1].pmu_errno = r->pmu_errno;
  return 0;
}

int campaign_single(struct campaign *c, unsigned side, uint32_t rounds, uint64_t round_ops, struct sample *out,
                    struct error *err) {
  static struct ab_record r;
  struct ab_job job = new_job(c, side, side, rounds);
  job.round_ops = round_ops;
  job.seed = schedule_mix(c->spec.seed, 0, 7) | 1;
  if (job.warm_ops == 0) job.warm_ops = round_ops;
  if (c->spec.kind == AB_JOB_IMAGE) {
    job.image_size = c->spec.image[side]->size;
    memcpy(session_image(&c->session, side), c->spec.image[side]->bytes, job.image_size);
  }
  int rc = session_submit(&c->session, &job, side, 0, err);
  return rc ? rc : collect(c, out, &r, err);
}

int campaign_hooks(struct campaign *c, enum ab_job_kind kind, struct error *err) {
  struct ab_answer a;
  static struct ab_record r;
  int rc = 0;
  for (unsigned side = 0; side < 2 && c->spec.hooks && rc == 0; side++) {
    struct ab_job job = new_job(c, 0, side, 1);
    job.kind = kind;
    rc = session_submit(&c->session, &job, side, 0, err);
    if (rc == 0) rc = session_collect(&c->session, &a, err);
    if (rc) return rc;
    session_take(&c->session, a.record, &r);
    char how[64];
    if (a.status != 0)
      rc = error_raise(err, ERROR_UNMEASURED, -ECHILD, "command %c: %s: %.159s", 'a' + (int)side,
                       child_describe_status(a.status, how, sizeof how), r.message);
  }
  return rc;
}

int campaign_pilot(struct campaign *c, struct error *err) {
  struct pilot pilot;
  struct sample s;
  if (campaign_is_foreign(&c->spec) || c->spec.round_ops) return 0;
  pilot_start(&pilot);
  do {
    int rc = campaign_single(c, 0, PILOT_ROUNDS, pilot.ops, &s, err);
    if (rc) return rc;
    if (c->forged > 0)
      return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "the measured process wrote a record that cannot be true");
  } while (pilot_next(&pilot, s.fastest_ns));
  uint64_t ops = c->spec.round_ops = pilot.ops;
  if (!c->spec.toggles) c->spec.rounds = campaign_rounds(&c->spec);
  /* warm-up as long as eight rounds: random_mixed then draws each slot a hundred times */
  if (c->spec.warm_ops == 0) c->spec.warm_ops = c->spec.warm_rounds ? ops * 8 / c->spec.warm_rounds : 0;
  return 0;
}

static int finish_pair(struct campaign *c, struct flight *f, unsigned slot, double elapsed, long steal,
                       struct error *err) {
  int rc = 0;
  unsigned n = per_pair(c);
  for (unsigned i = 0; i < n && rc == 0; i++) {
    struct sample *s = &f->sample[i];
    s->steal_ticks = steal;
    s->elapsed_s = elapsed;
    rc = samples_append(&c->log, s, &f->record[i], err);
    session_forget(&c->session, 2 * slot + (c->spec.toggles ? 1 : s->side));
    campaign_count(c, s);
  }
  size_t before = c->pairs.count;
  if (rc == 0)
    rc = n == 1 ? pairs_add_toggle(&c->pairs, &f->sample[0])
                : pairs_add(&c->pairs, &f->sample[0], &f->sample[1], !campaign_is_foreign(&c->spec));
  if (rc == -ENOMEM) return error_set_errno(err, rc, "pairs");
  if (rc == 0 && c->spec.each_pair && c->pairs.count > before)
    rc = c->spec.each_pair(c->spec.context, &c->pairs.pair[before], err);
  return rc;
}

static void show(struct campaign *c, struct progress *progress) {
  char text[128];
  struct estimate e = stats_log_to_pct(pairs_trimmed(&c->pairs, SAMPLE_TEST, PAIRS_BOTH, 0.05));
  if (stats_known(&e))
    snprintf(text, sizeof text, "%zu pair%s  gain %+.2f%% [%+.2f, %+.2f]", c->pairs.tests,
             units_plural(c->pairs.tests, "", "s"), e.value, e.low, e.high);
  else snprintf(text, sizeof text, "%zu pair%s", c->pairs.tests, units_plural(c->pairs.tests, "", "s"));
  progress_update(progress, c->elapsed_s / c->spec.budget_s, text);
}

static double steal_share(const struct campaign *c, long ticks, double seconds) {
  return ticks >= 0 && seconds > 0 ? 100.0 * (double)ticks / (double)sysconf(_SC_CLK_TCK) / seconds / c->spec.threads
                                   : NAN;
}

/* Pairs that may wait at the runner: what is handed over is measured, so no more than the rest of the
 * budget has room for; of slow commands one. Where we have no CPU of our own the next pair is made after this
 * one has ended: made beside it, it would take one of its CPUs. */
static unsigned queue_room(const struct campaign *c, size_t done, double seconds) {
  if (c->beside) return 1;
  if (done == 0) return campaign_is_foreign(&c->spec) ? 1 : IN_FLIGHT;
  double room = (c->spec.budget_s - c->elapsed_s) / (seconds / (double)done);
  return room >= IN_FLIGHT ? IN_FLIGHT : room < 1 ? 1 : (unsigned)room;
}

/* Pairs until a look ends it, the budget is used up, or Ctrl-C. */
static int loop(struct campaign *c, struct progress *progress, struct error *err) {
  static struct flight flight[IN_FLIGHT];
  double base = c->elapsed_s, started = clock_monotonic_s(), shown = 0;
  long steal0 = steal_ticks(c), steal = steal0;
  struct container_quota before, after;
  struct neighbours there[2];
  container_quota(&before);
  neighbours_read(&there[0]);
  c->own_s = -neighbours_own_s(false);
  unsigned head = 0, queued = 0, since_restart = 0;
  size_t measured = 0;
  bool ending = false, commands = c->spec.kind == AB_JOB_COMMAND; /* --setup may have started what they need */
  int rc = 0;
  while (rc == 0) {
    while (rc == 0 && !ending && queued < queue_room(c, measured, c->elapsed_s - base) &&
           (commands || since_restart + queued < RESTART_PAIRS)) {
      rc = submit_pair(c, &flight[(head + queued) % IN_FLIGHT], (head + queued) % IN_FLIGHT, err);
      queued += rc == 0;
    }
    if (rc || queued == 0) {
      if (rc || ending) break;
      since_restart = 0;
      rc = session_restart(&c->session, err);
      continue;
    }
    struct flight *f = &flight[head];
    for (unsigned i = 0; i < per_pair(c) && rc == 0; i++) rc = collect(c, &f->sample[i], &f->record[i], err);
    if (rc) break;
    double now = clock_monotonic_s();
    long s = steal_ticks(c);
    c->elapsed_s = base + now - started;
    rc = finish_pair(c, f, head, c->elapsed_s, s < 0 ? -1 : s - steal, err);
    steal = s;
    head = (head + 1) % IN_FLIGHT;
    queued--;
    since_restart++;
    measured++;
    if (rc == 0 && !ending && campaign_look(c, err)) ending = c->stopped = true;
    ending |= c->elapsed_s >= c->spec.budget_s || interrupt_pending();
    if (ending && interrupt_pending()) break;
    if (now - shown > 0.5) {
      shown = now;
      show(c, progress);
    }
  }
  container_quota(&after);
  neighbours_read(&there[1]);
  c->own_s += neighbours_own_s(false);
  c->others_pct = neighbours_others_pct(&there[0], &there[1], c->own_s);
  c->waiting_pct = neighbours_waiting_pct(&there[0], &there[1]);
  c->throttled_pct = 100 * (after.stopped_s - before.stopped_s) / (clock_monotonic_s() - started);
  if (steal0 >= 0 && steal >= 0) c->steal_pct = steal_share(c, steal - steal0, clock_monotonic_s() - started);
  return rc;
}

/* What a command waits for may be its own children: it is disturbed where others have CPU time, too. */
struct verdict_company campaign_company(const struct campaign *c) {
  struct verdict_company all = verdict_alone();
  all.throttled_pct = c->throttled_pct;
  if (!campaign_is_foreign(&c->spec)) return all;
  all.others_pct = c->others_pct;
  all.waiting_pct = c->waiting_pct;
  return all;
}

int campaign_run(struct campaign *c, struct error *err) {
  struct progress progress;
  cpu_set_t before;
  step_aside(c, &before);
  progress_start(&progress, c->spec.label, c->spec.quiet);
  int rc = c->elapsed_s < c->spec.budget_s && !c->stopped ? loop(c, &progress, err) : 0;
  progress_finish(&progress);
  sched_setaffinity(0, sizeof before, &before);
  if (rc == -EINTR || (rc == 0 && interrupt_pending())) {
    c->interrupted = true;
    struct ab_records *left = session_take_all(&c->session);
    rc = left != NULL ? campaign_salvage(c, left, err) : error_set_errno(err, -ENOMEM, "what was in flight");
    free(left);
  }
  if (rc == 0 && !c->stopped && (isnan(c->gain_pct.value) || c->interrupted || c->pairs.tests < PAIRS_MIN))
    campaign_judge(c, 1 - c->spec.level);
  const struct verdict_company company = campaign_company(c);
  verdict_beside(&company, &c->gain_pct, c->spec.margin_pct, &c->verdict);
  if (c->interrupted) {
    c->verdict.verdict = VERDICT_INCONCLUSIVE;
    snprintf(c->verdict.reason, sizeof c->verdict.reason, "interrupted after %.1f of %.0f s; %s", c->elapsed_s,
             c->spec.budget_s,
             c->spec.no_resume ? "what was measured counts, and there is no going on with it" : "--resume goes on");
  }
  if (c->forged > 0) {
    size_t n = strlen(c->verdict.reason);
    snprintf(c->verdict.reason + n, sizeof c->verdict.reason - n, "; %u %s left out, for records that cannot be true",
             c->forged, units_plural(c->forged, "process was", "processes were"));
  }
  return rc;
}
