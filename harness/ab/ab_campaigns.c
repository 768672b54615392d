/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_campaigns.c: campaigns in their folders. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/ab/ab_json.h"
#include "harness/ab/ab_run.h"
#include "harness/ab/calibration.h"
#include "harness/core/foreign_file.h"
#include "harness/core/interrupt.h"
#include "harness/core/json_out.h"
#include "harness/counters/cpu_choice.h"
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
  spec->label = "ab";
  spec->workload = o->workload;
  spec->threads = threads;
  spec->slots = o->slots;
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

static int open_subfolder(const struct results *parent, const char *name, struct results *own, struct error *err) {
  return name ? results_subfolder(parent, name, own, err) : results_open(own, parent->path, err);
}

/* The kernel may give other CPUs at a resume; what a round is must stay. */
static int chosen_load(const struct results *own, struct campaign_spec *spec, bool *found, struct error *err) {
  char path[4096];
  snprintf(path, sizeof path, "%.4000s/chosen.json", own->path);
  *found = access(path, F_OK) == 0;
  if (!*found) return 0;
  json_t *j = foreign_file_json(path, err);
  if (!j) return err->code;
  spec->rounds = (uint32_t)json_integer_value(json_object_get(j, "rounds"));
  spec->round_ops = (uint64_t)json_integer_value(json_object_get(j, "round_ops"));
  spec->warm_rounds = (uint32_t)json_integer_value(json_object_get(j, "warm_rounds"));
  spec->warm_ops = (uint64_t)json_integer_value(json_object_get(j, "warm_ops"));
  json_decref(j);
  if (spec->rounds < 1 || spec->rounds > AB_ROUNDS_MAX) return error_set(err, -EBADMSG, "%s is not ours", path);
  return 0;
}

static int chosen_write(struct results *own, const struct campaign_spec *spec, struct error *err) {
  json_t *j = json_result("ab-chosen"), *cpus = json_array();
  json_object_set_new(j, "rounds", json_integer(spec->rounds));
  json_object_set_new(j, "round_ops", json_integer((json_int_t)spec->round_ops));
  json_object_set_new(j, "warm_rounds", json_integer(spec->warm_rounds));
  json_object_set_new(j, "warm_ops", json_integer((json_int_t)spec->warm_ops));
  for (unsigned t = 0; t < spec->threads; t++) json_array_append_new(cpus, json_integer(spec->cpu[t]));
  json_object_set_new(j, "cpus", cpus);
  int rc = results_write_json(own, "chosen.json", j, err);
  json_decref(j);
  return rc;
}

int ab_folder_campaign(struct campaign *c, struct campaign_spec *spec, struct results *parent, const char *subfolder,
                       struct results *own, struct error *err) {
  bool resume = false;
  int rc = open_subfolder(parent, subfolder, own, err);
  if (rc) return rc;
  rc = chosen_load(own, spec, &resume, err);
  if (rc == 0) rc = campaign_open(c, spec, own, resume, err);
  if (rc == 0) {
    if (!resume) {
      rc = campaign_pilot(c, err);
      if (rc == 0) rc = chosen_write(own, &c->spec, err);
    }
    if (rc == 0) rc = campaign_run(c, err);
    if (rc) campaign_close(c);
  }
  if (rc) results_close(own);
  return rc;
}

unsigned ab_first_threads(const struct ab_options *o) {
  const struct workload *w = workload_find(o->workload);
  return w && o->threads[0] < w->min_threads ? w->min_threads : o->threads[0];
}

int ab_thread_campaigns(const struct ab_options *o, ab_fill *fill, const void *what, struct results *results,
                        json_t *result, struct error *err) {
  const struct workload *w = workload_find(o->workload);
  json_t *rows = json_array();
  int rc = 0;
  for (size_t i = 0; o->threads[i] && rc == 0 && !interrupt_pending(); i++) {
    struct campaign_spec spec;
    struct campaign c;
    struct results own;
    char folder[32], label[64];
    unsigned threads = w && o->threads[i] < w->min_threads ? w->min_threads : o->threads[i];
    rc = ab_base_spec(o, threads, &spec, err);
    if (rc) break;
    snprintf(label, sizeof label, "ab, %u thread%s", threads, threads > 1 ? "s" : "");
    snprintf(folder, sizeof folder, "threads-%u", threads);
    spec.label = label;
    fill(&spec, what);
    rc = ab_folder_campaign(&c, &spec, results, i ? folder : NULL, &own, err);
    if (rc) break;
    json_t *row = json_object();
    ab_campaign_json(&c, row);
    if (i == 0) json_object_update(result, row);
    json_array_append_new(rows, row);
    campaign_close(&c);
    results_close(&own);
  }
  if (interrupt_pending()) json_object_set_new(result, "partial", json_true());
  json_object_set_new(result, "by_threads", json_array_size(rows) > 1 ? json_incref(rows) : json_null());
  json_decref(rows);
  return rc;
}
