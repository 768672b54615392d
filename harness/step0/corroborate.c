/* SPDX-License-Identifier: GPL-3.0-or-later */
/* corroborate.c: witnesses that share nothing with the uprobes: samples in the functions that hold
 * the sites, their callers, and writes of the compiled-in counters seen by debug registers. Each
 * takes a run of its own; what cannot be had is noted with its reason. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/json_out.h"
#include "harness/core/progress.h"
#include "harness/counters/sampler.h"
#include "harness/step0/callers.h"
#include "harness/step0/verify_internal.h"
#include "harness/workloads/workload.h"

/* Steps: at 250 us a sample enough for shares good to some points; at 16 us a write quick. */
enum { SAMPLE_OPS = 3000000, WATCH_OPS = 2000 };

/* --- the counter's writes -------------------------------------------------------------------- */

static size_t counters_of(const struct verify_result *res, struct probe_point *out, size_t room) {
  size_t n = 0;
  for (size_t i = 0; i < res->copies; i++) {
    const struct verify_copy *c = &res->copy[i];
    uint64_t address, size;
    struct error ignored = { 0 };
    if (c->terms == 0) continue;
    const struct probe_point *p = verify_first_point(res, c);
    bool seen = c->role != POINT_SITE || p->counter == NULL;
    for (size_t k = 0; k < n && !seen; k++) seen = strcmp(out[k].counter, p->counter) == 0;
    if (seen || elf_object_data(p->object, p->counter, &address, &size, &ignored) != 0 || size != sizeof(uint64_t))
      continue;
    if (n < room) out[n++] = *p;
  }
  return n;
}

static void watch_writes(const struct verify_request *req, struct verify_result *res) {
  struct verify_corroboration *c = &res->corroboration;
  struct probe_point points[4];
  struct error err = { 0 };
  bool refused;
  struct verify_one one = { .rung = &rung_watch, .points = points, .ops = WATCH_OPS };
  if (req->threads != NULL && strcmp(req->threads, "1") != 0) {
    snprintf(c->watch_reason, sizeof c->watch_reason, "used with one thread alone");
    return;
  }
  one.count = counters_of(res, points, 4);
  if (one.count == 0) {
    snprintf(c->watch_reason, sizeof c->watch_reason, "no site has a plain counter");
    return;
  }
  int rc = verify_guarded_run(req, res, &one, &refused, &err);
  if (rc != 0) {
    snprintf(c->watch_reason, sizeof c->watch_reason, "%.250s", err.text);
    return;
  }
  for (size_t i = 0; i < one.count; i++)
    if (points[i].measured) {
      c->watch_done = true;
      c->watch_hits += points[i].hits;
      c->watch_expected += points[i].counter_value;
    }
  if (!c->watch_done) snprintf(c->watch_reason, sizeof c->watch_reason, "the counter's object was not mapped");
}

/* --- samples --------------------------------------------------------------------------------- */

static size_t functions_of(const struct verify_result *res, struct callers_range *out, char names[][96]) {
  size_t n = 0;
  for (size_t i = 0; i < res->copies && n < VERIFY_FUNCTIONS_MAX; i++) {
    const struct verify_copy *c = &res->copy[i];
    uint64_t address = 0, size = 0;
    struct error ignored = { 0 };
    bool seen = c->role != POINT_SITE || c->function[0] == '\0' || c->terms == 0;
    for (size_t k = 0; k < n && !seen; k++) seen = strcmp(names[k], c->function) == 0;
    const struct elf_object *o = seen ? NULL : verify_first_point(res, c)->object;
    if (seen || elf_object_function(o, c->function, &address, &size, &ignored) != 0) continue;
    out[n].object = o;
    out[n].size = size;
    if (!elf_object_offset(o, address, &out[n].offset)) continue;
    snprintf(names[n++], 96, "%s", c->function);
  }
  return n;
}

/* Enough of the built-in workload, which is then ended: 2000 samples. */
#define SAMPLE_SECONDS 0.5

/* Drains until the target has ended, or (enough_s not 0) that long. */
static int follow(struct sampler *sampler, struct child *child, double timeout_s, double enough_s,
                  struct sampler_batch *batch, struct error *err) {
  double started = clock_monotonic_s();
  siginfo_t si;
  int rc = 0, status;
  for (;;) {
    si.si_pid = 0;
    if (waitid(P_PID, (id_t)child->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid == child->pid) break;
    if (interrupt_pending() || (timeout_s > 0 && clock_monotonic_s() - started > timeout_s)) {
      child_kill(child);
      rc = interrupt_pending() ? error_raise(err, ERROR_INTERRUPTED, -EINTR, "the sampled run was stopped")
                               : error_raise(err, ERROR_UNMEASURED, -ETIMEDOUT, "the sampled run was stopped");
      break;
    }
    if (enough_s > 0 && clock_monotonic_s() - started > enough_s) {
      sampler_stop(sampler);
      child_kill(child);
      break;
    }
    sampler_wait(sampler, 20);
    if ((rc = sampler_drain(sampler, batch, err)) != 0) break;
  }
  sampler_stop(sampler);
  if (rc == 0) rc = sampler_drain(sampler, batch, err);
  if (rc != 0) child_kill(child);
  struct error ignored;
  child_wait(child, 10, &status, NULL, &ignored);
  return rc;
}

static void take_samples(const struct verify_request *req, struct verify_result *res) {
  struct callers_range ranges[VERIFY_FUNCTIONS_MAX];
  struct target_args *args = calloc(1, sizeof *args);
  struct verify_samples *samples = calloc(1, sizeof *samples);
  struct child child = { .pid = -1, .hold_fd = -1, .error_fd = -1 };
  struct sampler *sampler = NULL;
  struct sampler_batch batch = { 0 };
  struct sampler_totals totals;
  struct error err = { 0 };
  res->corroboration.samples = samples;
  if (args == NULL || samples == NULL) {
    free(args);
    return;
  }
  args->report[0] = args->report[1] = -1;
  samples->functions = functions_of(res, ranges, samples->function);
  int rc = verify_start_target(req, res, SAMPLE_OPS, args, &child, &err);
  if (rc == 0) {
    struct sampler_spec spec = { .pid = child.pid, .event = SAMPLER_BEST, .stack_bytes = 4096, .on_exec = true };
    rc = sampler_start(&spec, &sampler, &err);
  }
  if (rc == 0) rc = child_release(&child, &err);
  if (rc == 0) rc = follow(sampler, &child, req->timeout_s, req->command == NULL ? SAMPLE_SECONDS : 0, &batch, &err);
  if (rc == 0) {
    sampler_totals(sampler, &batch, &totals);
    rc = callers_find(&batch, ranges, samples->functions, &samples->found);
    if (rc == -ENOMEM) error_raise(&err, ERROR_INTERNAL, rc, "no memory to look at the samples");
    samples->event = totals.event == SAMPLER_CYCLES ? "cycles" : "cpu-clock";
    samples->period = totals.period;
    samples->lost = totals.lost;
    samples->lost_known = totals.lost_known || totals.lost > 0;
  }
  samples->taken = rc == 0;
  if (rc != 0) snprintf(samples->reason, sizeof samples->reason, "%s", err.text);
  if (child.pid > 0) {
    int status;
    struct error ignored;
    child_kill(&child);
    if (child.hold_fd >= 0) close(child.hold_fd);
    child_wait(&child, 5, &status, NULL, &ignored);
  }
  if (sampler != NULL) sampler_free(sampler);
  sampler_batch_free(&batch);
  for (int i = 0; i < 2; i++)
    if (args->report[i] >= 0) close(args->report[i]);
  free(args);
}

void verify_corroborate(const struct verify_request *req, struct verify_result *res) {
  take_samples(req, res);
  if (req->command == NULL && req->binary == NULL && !interrupt_pending()) watch_writes(req, res);
  else
    snprintf(res->corroboration.watch_reason, sizeof res->corroboration.watch_reason,
             "used on the built-in workload alone");
}
