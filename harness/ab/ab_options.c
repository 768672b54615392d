/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_options.c: see ab_options.h. */
#include "harness/ab/ab_options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "harness/counters/cpu_choice.h"
#include "harness/runner/protocol.h"
#include "harness/trace/trace_facts.h"
#include "harness/workloads/workload.h"

uint64_t ab_random_seed(void) {
  uint64_t seed;
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed) seed = (uint64_t)time(NULL);
  return seed & ((UINT64_C(1) << 53) - 1);
}

int ab_options_threads(struct ab_options *o, const char *text, struct error *err) {
  char list[256];
  size_t n = 0;
  memset(o->threads, 0, sizeof o->threads);
  snprintf(list, sizeof list, "%s", text);
  for (char *state, *word = strtok_r(list, ",", &state); word; word = strtok_r(NULL, ",", &state)) {
    unsigned count = cpu_choice_parse_threads(word);
    if (count == 0 || count > AB_THREADS_MAX || n == AB_COUNTS_MAX - 1)
      return error_raise(err, ERROR_USAGE, -EINVAL, "--threads wants 1 to %d or all, or a list of these, not '%s'",
                         AB_THREADS_MAX, text);
    bool known = false;
    for (size_t i = 0; i < n; i++) known |= o->threads[i] == count;
    if (!known) o->threads[n++] = count;
  }
  return n ? 0 : error_raise(err, ERROR_USAGE, -EINVAL, "--threads is empty");
}

int ab_options_trace(struct ab_options *o, struct error *err) {
  bool commands = o->cmd[0] || o->cmd[1] || o->commands.cmd || o->project;
  const char *file = commands ? NULL : workload_file(o->workload);
  if (!file) return 0;
  if (!(o->trace = malloc(sizeof *o->trace))) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  int rc = trace_facts_read(file, o->trace, err);
  if (rc) return rc;
  unsigned threads = o->trace->header.threads;
  if (threads > AB_THREADS_MAX)
    return error_raise(err, ERROR_USAGE, -EINVAL, "%s has %u threads, and %d are the most here: bench replays it", file,
                       threads, AB_THREADS_MAX);
  if (o->threads_given && (o->threads[0] != threads || o->threads[1]))
    return error_raise(err, ERROR_USAGE, -EINVAL,
                       "%s was recorded with %u thread%s, and is replayed by as many: leave --threads out", file,
                       threads, threads == 1 ? "" : "s");
  if (o->slots)
    return error_raise(err, ERROR_USAGE, -EINVAL, "--slots: the blocks of a trace are those that were recorded");
  o->threads[0] = threads;
  o->workload = o->trace->workload;
  return 0;
}

/* What was measured so far is of one trace. */
static int same_trace(const struct ab_options *o, const char *dir, struct error *err) {
  const char *before = o->plan->trace_sha256;
  if (!o->trace || (before && strcmp(before, o->trace->sha256) == 0)) return 0;
  error_raise(err, ERROR_USAGE, -ESTALE, "%s is not the trace that %s was measured with: sha256 %.16s, not %.16s",
              o->trace->file, dir, o->trace->sha256, before ? before : "unknown");
  return error_advise(err, "start a new campaign, or bring the old trace back"), -ESTALE;
}

static size_t length(char *const *list) {
  size_t n = 0;
  while (list && list[n]) n++;
  return n;
}

static enum answer answer(bool yes) { return yes ? ANSWER_YES : ANSWER_NO; }

/* A list of somebody else's strings, for writing alone. */
#define BORROWED(list) \
 { (char **)(uintptr_t)(list), length(list) }

int ab_options_write(const struct ab_options *o, struct results *results, struct error *err) {
  int64_t threads[AB_COUNTS_MAX];
  struct ab_plan p = {
    .gates = BORROWED(o->names),
    .with = BORROWED(o->with),
    .lib = { (char *)(uintptr_t)o->lib[0], (char *)(uintptr_t)o->lib[1] },
    .cmd = { (char *)(uintptr_t)o->cmd[0], (char *)(uintptr_t)o->cmd[1] },
    .project = (char *)(uintptr_t)o->project,
    .project_workload = (char *)(uintptr_t)o->project_workload,
    .project_extra = (char *)(uintptr_t)o->project_extra,
    .project_short = o->project ? answer(o->project_short) : ANSWER_UNKNOWN,
    .protocol = o->protocol,
    .source_dir = (char *)(uintptr_t)o->source_dir,
    .workload = (char *)(uintptr_t)o->workload,
    .trace_sha256 = o->trace ? o->trace->sha256 : NULL,
    .threads = { threads, 0 },
    .threads_given = answer(o->threads_given),
    .slots = (int64_t)o->slots,
    .seed = (int64_t)o->seed,
    .budget_s = o->budget_s,
    .margin_pct = o->margin_pct,
    .level = o->level,
    .no_direct = answer(o->no_direct),
    .whole_budget = answer(o->whole_budget),
    .no_callgrind = answer(o->no_callgrind),
    .env = BORROWED(o->env),
    .user = (char *)(uintptr_t)o->user,
    .timeout_s = o->timeout_s,
    .cmds = BORROWED(o->commands.cmd),
    .libs = BORROWED(o->commands.lib),
    .names = BORROWED(o->commands.name),
    .params = BORROWED(o->commands.param),
    .shell = (char *)(uintptr_t)o->commands.shell,
    .in = (char *)(uintptr_t)o->commands.in,
    .out = (char *)(uintptr_t)o->commands.out,
    .accept = (char *)(uintptr_t)o->commands.accept,
    .warmup = (int64_t)o->commands.warmup,
    .runs = (int64_t)o->commands.runs,
  };
  for (int i = 0; i < AB_HOOKS; i++) {
    p.hook[i].item = (char **)(uintptr_t)o->commands.hook[i];
    p.hook[i].count = length(o->commands.hook[i]);
  }
  for (; o->threads[p.threads.count]; p.threads.count++) threads[p.threads.count] = o->threads[p.threads.count];
  return results_write_fields(results, "campaign.json", &ab_plan_fields, &p, err);
}

/* What a campaign cannot do without, or what --resume could not have been given. */
static bool is_whole(const struct ab_plan *p) {
  int kinds = (p->gates.count > 0 || p->project) + (p->lib[0] && p->lib[1]) + (p->cmd[0] && p->cmd[1]) +
              (p->cmds.count > 0) + (p->libs.count > 0);
  bool threads = p->threads.count > 0 && p->threads.count < AB_COUNTS_MAX;
  for (size_t i = 0; i < p->threads.count; i++)
    threads &= p->threads.item[i] >= 1 && p->threads.item[i] <= AB_THREADS_MAX;
  return kinds == 1 && threads && p->protocol != AB_PROTOCOL_NONE && p->workload && p->slots >= 0 && p->seed >= 0 &&
         p->budget_s > 0 && isfinite(p->budget_s) && p->margin_pct > 0 && p->level > 0 && p->level < 1;
}

static char *const *listed(char **item, size_t count) { return count ? item : NULL; }

int ab_options_load(struct ab_options *o, const char *dir, struct error *err) {
  char path[4096];
  memset(o, 0, sizeof *o);
  int foreign = results_check_owner(dir, "campaign.json", err);
  if (foreign) return foreign;
  snprintf(path, sizeof path, "%.4000s/campaign.json", dir);
  struct ab_plan *p = o->plan = fields_new(&ab_plan_fields);
  if (!p) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  int rc = fields_read(&ab_plan_fields, p, path, err);
  if (rc == 0 && !is_whole(p))
    rc = error_raise(err, ERROR_USAGE, -EBADMSG, "%s lacks something that a campaign needs", path);
  if (rc) {
    ab_options_free(o);
    error_set_kind(err, ERROR_USAGE);
    error_advise(err, "--resume wants the results folder of an `ab` that was cut off");
    return rc;
  }
  if (p->gates.count) o->names = p->gates.item;
  o->with = p->with.item;
  o->env = p->env.item;
  for (int i = 0; i < 2; i++) {
    o->lib[i] = p->lib[i];
    o->cmd[i] = p->cmd[i];
  }
  o->project = p->project;
  o->project_workload = p->project_workload;
  o->project_extra = p->project_extra;
  o->project_short = p->project_short == ANSWER_YES;
  o->protocol = p->protocol;
  o->source_dir = p->source_dir;
  o->workload = p->workload;
  for (size_t i = 0; i < p->threads.count; i++) o->threads[i] = (unsigned)p->threads.item[i];
  o->threads_given = p->threads_given == ANSWER_YES;
  o->slots = (uint64_t)p->slots;
  o->seed = (uint64_t)p->seed;
  o->budget_s = p->budget_s;
  o->margin_pct = p->margin_pct;
  o->level = p->level;
  o->no_direct = p->no_direct == ANSWER_YES;
  o->whole_budget = p->whole_budget == ANSWER_YES;
  o->no_callgrind = p->no_callgrind == ANSWER_YES;
  o->user = p->user;
  o->timeout_s = p->timeout_s > 0 ? p->timeout_s : 0;
  struct ab_commands *c = &o->commands;
  c->cmd = listed(p->cmds.item, p->cmds.count);
  c->lib = listed(p->libs.item, p->libs.count);
  c->name = listed(p->names.item, p->names.count);
  c->param = listed(p->params.item, p->params.count);
  for (int i = 0; i < AB_HOOKS; i++) c->hook[i] = listed(p->hook[i].item, p->hook[i].count);
  c->shell = p->shell;
  c->in = p->in;
  c->out = p->out;
  c->accept = p->accept;
  c->warmup = p->warmup > 0 ? (uint64_t)p->warmup : 0;
  c->runs = p->runs > 0 ? (uint64_t)p->runs : 0;
  rc = ab_options_trace(o, err);
  if (rc == 0) rc = same_trace(o, dir, err);
  if (rc) ab_options_free(o);
  return rc;
}

void ab_options_free(struct ab_options *o) {
  if (o->plan) fields_free(&ab_plan_fields, o->plan);
  free(o->plan);
  free(o->trace);
  memset(o, 0, sizeof *o);
}
