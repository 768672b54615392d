/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_campaigns.c: campaigns in their folders. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/ab/ab_run.h"
#include "harness/ab/calibration_store.h"
#include "harness/core/interrupt.h"
#include "harness/core/units.h"
#include "harness/counters/cpu_choice.h"
#include "harness/data/ab_plan.h"
#include "harness/trace/trace_facts.h"
#include "harness/workloads/workload.h"

/* Processes of 10 rounds of 0.15 ms: the shorter the process, the more of them, until start-up
 * (0.5 ms and a heap's worth of page faults) takes most of the time. */
#define ROUNDS 10

int ab_base_spec(const struct ab_options *o, unsigned threads, struct campaign_spec *spec, struct error *err) {
  struct cpu_choice cpus;
  memset(spec, 0, sizeof *spec);
  int rc = cpu_choice_make(threads, &cpus, err);
  if (rc) return rc;
  for (unsigned t = 0; t < AB_THREADS_MAX; t++) spec->cpu[t] = t < threads ? cpus.cpus[t % cpus.count] : -1;
  spec->take_turns = threads > cpus.count;
  spec->label = "ab";
  spec->workload = o->workload;
  spec->threads = threads;
  spec->slots = o->slots;
  if (o->trace) {
    spec->file_crc = o->trace->crc;
    spec->file_ops = o->trace->ops;
  }
  spec->seed = o->seed;
  spec->budget_s = o->budget_s;
  spec->margin_pct = o->margin_pct;
  spec->level = o->level;
  spec->rounds = ROUNDS;
  spec->warm_rounds = 1;
  spec->env = o->env;
  spec->user = o->user;
  spec->timeout_s = o->timeout_s;
  spec->width_alone = calibration_core_width();
  spec->control = true;
  spec->run_whole_budget = o->whole_budget;
  spec->quiet = o->quiet;
  return 0;
}

/* The kernel may give other CPUs at a resume; what a round is must stay. */
int ab_chosen_load(const struct results *own, struct campaign_spec *spec, bool *found, struct error *err) {
  struct ab_chosen c;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.4000s/chosen.json", own->path);
  *found = access(path, F_OK) == 0;
  if (!*found) return 0;
  fields_init(&ab_chosen_fields, &c);
  int rc = fields_read(&ab_chosen_fields, &c, path, err);
  if (rc) return rc;
  if (c.rounds < 1 || c.rounds > AB_ROUNDS_MAX || c.round_ops < 0 || c.warm_rounds < 0 ||
      c.warm_rounds > AB_ROUNDS_MAX || c.warm_ops < 0)
    rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s is not ours", path);
  else if (fields_has(&ab_chosen_fields, &c, "machine") && !calibration_of_this_machine(&c.machine)) {
    rc = error_raise(err, ERROR_USAGE, -EXDEV, "%s is of another machine, or kernel: %s, Linux %s", own->path,
                     c.machine.cpu ? c.machine.cpu : "unknown", c.machine.kernel ? c.machine.kernel : "unknown");
    error_advise(err, "times of two machines are not one campaign: go on there, or start a new one here");
  }
  spec->rounds = (uint32_t)c.rounds;
  spec->round_ops = (uint64_t)c.round_ops;
  spec->warm_rounds = (uint32_t)c.warm_rounds;
  spec->warm_ops = (uint64_t)c.warm_ops;
  fields_free(&ab_chosen_fields, &c);
  return rc;
}

int ab_chosen_write(struct results *own, const struct campaign_spec *spec, struct error *err) {
  int64_t cpu[AB_THREADS_MAX];
  struct ab_chosen c = { .rounds = spec->rounds,
                         .round_ops = (int64_t)spec->round_ops,
                         .warm_rounds = spec->warm_rounds,
                         .warm_ops = (int64_t)spec->warm_ops,
                         .cpus = { cpu, spec->threads } };
  for (unsigned t = 0; t < spec->threads; t++) cpu[t] = spec->cpu[t];
  calibration_machine(&c.machine);
  int rc = results_write_fields(own, "chosen.json", &ab_chosen_fields, &c, err);
  fields_free(&machine_key_fields, &c.machine);
  return rc;
}

int ab_folder_campaign(struct campaign *c, struct campaign_spec *spec, struct results *parent, const char *subfolder,
                       struct results *own, struct error *err) {
  bool resume = false;
  int rc = subfolder ? results_subfolder(parent, subfolder, own, err) : results_open(own, parent->path, err);
  if (rc) return rc;
  rc = ab_chosen_load(own, spec, &resume, err);
  if (rc == 0) rc = campaign_open(c, spec, own, resume, err);
  if (rc == 0) {
    rc = campaign_hooks(c, AB_JOB_SETUP, err);
    if (rc == 0 && !resume) {
      rc = campaign_pilot(c, err);
      if (rc == 0) rc = ab_chosen_write(own, &c->spec, err);
    }
    if (rc == 0) rc = campaign_run(c, err);
    struct error after = { 0 }; /* what went wrong before is what is told */
    c->session.deaf = true;
    int cleaned = c->spec.hooks && c->interrupted ? session_restart(&c->session, &after) : 0;
    if (cleaned == 0) cleaned = campaign_hooks(c, AB_JOB_CLEANUP, rc ? &after : err);
    if (rc == 0) rc = cleaned;
    if (rc) campaign_close(c);
  }
  if (rc) results_close(own);
  return rc;
}

unsigned ab_first_threads(const struct ab_options *o) {
  const struct workload *w = workload_find(o->workload);
  return w && o->threads[0] < w->min_threads ? w->min_threads : o->threads[0];
}

static int threads_campaign(const struct ab_options *o, ab_fill *fill, const void *what, struct results *results,
                            size_t i, unsigned threads, struct ab_result *result, struct error *err) {
  struct campaign_spec spec;
  struct campaign c;
  struct results own;
  char folder[32], label[64];
  int rc = ab_base_spec(o, threads, &spec, err);
  if (rc) return rc;
  snprintf(label, sizeof label, "ab, %u thread%s", threads, units_plural(threads, "", "s"));
  snprintf(folder, sizeof folder, "threads-%u", threads);
  spec.label = label;
  fill(&spec, what);
  rc = ab_folder_campaign(&c, &spec, results, i ? folder : NULL, &own, err);
  if (rc) return rc;
  struct ab_threads *row = fields_append(&result->by_threads, sizeof *row);
  if (row) {
    fields_init(&ab_threads_fields, row);
    row->margin_pct = spec.margin_pct;
    rc = ab_fill_measured(&c, &row->m, err);
  }
  if (row && rc == 0 && i == 0) rc = ab_fill_measured(&c, &result->m, err);
  campaign_close(&c);
  results_close(&own);
  return row ? rc : error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
}

int ab_thread_campaigns(const struct ab_options *o, ab_fill *fill, const void *what, struct results *results,
                        struct ab_result *result, struct error *err) {
  const struct workload *w = workload_find(o->workload);
  int rc = 0;
  fields_bring_in(&ab_result_fields, result, AB_TIMED | AB_THREADS);
  for (size_t i = 0; o->threads[i] && rc == 0 && !interrupt_pending(); i++) {
    unsigned threads = w && o->threads[i] < w->min_threads ? w->min_threads : o->threads[i];
    rc = threads_campaign(o, fill, what, results, i, threads, result, err);
  }
  if (interrupt_pending()) result->m.partial = ANSWER_YES;
  if (result->by_threads.count == 1) { /* one is the result itself */
    fields_free(&ab_threads_fields, &result->by_threads.item[0]);
    result->by_threads.count = 0;
  }
  return rc;
}
