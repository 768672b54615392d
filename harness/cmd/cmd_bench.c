/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_bench.c: `hakmem-harness bench`: one workload, counters around its loop. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/locate.h"
#include "harness/core/machine.h"
#include "harness/core/names.h"
#include "harness/core/preload.h"
#include "harness/core/results.h"
#include "harness/core/units.h"
#include "harness/counters/bench_measure.h"
#include "harness/counters/callgrind.h"
#include "harness/counters/cpu_choice.h"
#include "harness/doctor/doctor.h"
#include "harness/doctor/doctor_json.h"
#include "harness/trace/trace_record.h"
#include "harness/workloads/workload.h"

#define DEFAULT_EVENTS \
 "cycles,instructions,cache-misses,branch-misses,tsc,task-clock,page-faults,context-switches,migrations"
enum { CALLGRIND_OPS = 20000 };
/* Rounds of a trace: about so many calls in all; a longer trace is not simulated by callgrind. */
enum { REPLAY_CALLS = 20000000, REPLAY_ROUNDS_MIN = 3, REPLAY_ROUNDS_MAX = 20 };

/* Under what the times were measured: what the machine is set to, how quiet it was just before,
 * and what the host took meanwhile. */
struct conditions {
  struct doctor_check checks[DOCTOR_CHECKS_MAX];
  size_t count;
  unsigned long long steal, total; /* before */
  double steal_pct;                /* of all CPUs' time; NaN: unknown */
};

static void conditions_begin(struct conditions *c) {
  c->count = doctor_run_conditions(c->checks, DOCTOR_CHECKS_MAX);
  if (doctor_read_steal(&c->steal, &c->total) != 0) c->total = 0;
}

static void conditions_end(struct conditions *c) {
  unsigned long long steal, total;
  bool known = c->total > 0 && doctor_read_steal(&steal, &total) == 0 && total > c->total;
  c->steal_pct = known ? 100.0 * (double)(steal - c->steal) / (double)(total - c->total) : (double)NAN;
}

static json_t *counters_json(const struct bench_measurement *m, json_t *unavailable) {
  json_t *o = json_object();
  for (int i = 0; i < m->counter_count; i++) {
    const struct bench_counter *c = &m->counters[i];
    json_t *v = json_object();
    bool measured = c->value.status != COUNTER_UNAVAILABLE;
    if (!measured) {
      json_t *u = json_object();
      json_object_set_new(u, "name", json_text(c->event.name));
      json_object_set_new(u, "reason", json_text(c->value.reason));
      json_object_set_new(u, "advice", json_text(c->value.advice[0] != '\0' ? c->value.advice : NULL));
      json_array_append_new(unavailable, u);
    }
    json_object_set_new(v, "value", json_number(c->value.value));
    json_object_set_new(v, "per_op", json_number(c->per_op));
    json_object_set_new(v, "enabled_ns", json_count(measured && c->value.enabled_ns > 0, c->value.enabled_ns));
    json_object_set_new(v, "running_ns", json_count(measured && c->value.enabled_ns > 0, c->value.running_ns));
    json_object_set_new(v, "raw", json_count(measured, c->value.raw));
    json_object_set_new(v, "overhead_per_round", json_number(c->overhead));
    json_object_set_new(v, "suspicious", json_boolean(c->value.status == COUNTER_SUSPICIOUS));
    json_object_set_new(v, "backend", json_text(counter_backend_name(c->event.backend)));
    json_object_set_new(v, "source", json_text(measured ? c->source : NULL));
    json_object_set_new(o, c->event.name, v);
  }
  return o;
}

static json_t *bytes_json(uint64_t v) { return json_count(v != BENCH_NOT_MEASURED, v); }

static json_t *conditions_json(const struct conditions *c) {
  json_t *list = json_array();
  for (size_t i = 0; i < c->count; i++) json_array_append_new(list, doctor_check_json(&c->checks[i]));
  return list;
}

static json_t *result_json(const struct bench_run_spec *spec, const char *label, const struct bench_measurement *m,
                           const struct conditions *conditions, const char *dir) {
  const struct bench_record *r = &m->run.record;
  json_t *o = json_result("bench"), *unavailable = json_array();
  json_object_set_new(o, "workload", json_text(label));
  json_object_set_new(o, "library", json_text(spec->library));
  json_object_set_new(o, "threads", json_integer(r->threads));
  json_object_set_new(o, "cpus", json_text(spec->cpus));
  json_object_set_new(o, "threads_take_turns", json_boolean(spec->take_turns));
  json_object_set_new(o, "probed", json_boolean(r->patched));
  json_object_set_new(o, "seed", json_integer((json_int_t)spec->seed));
  json_object_set_new(o, "rounds", json_integer(r->rounds));
  json_object_set_new(o, "ns_per_op", json_number(m->ns_per_op));
  json_object_set_new(o, "ns_per_op_p10", json_number(m->ns_low));
  json_object_set_new(o, "ns_per_op_p90", json_number(m->ns_high));
  json_object_set_new(o, "ops_per_s", json_number(m->ops_per_s));
  json_object_set_new(o, "ops", json_integer((json_int_t)r->timed.ops));
  json_object_set_new(o, "allocs", json_integer((json_int_t)r->timed.allocs));
  json_object_set_new(o, "frees", json_integer((json_int_t)r->timed.frees));
  json_object_set_new(o, "tiny_frees", json_integer((json_int_t)r->timed.tiny_frees));
  json_object_set_new(o, "counters", counters_json(m, unavailable));
  json_object_set_new(o, "unavailable", unavailable);
  json_object_set_new(o, "insns_per_op", json_number(m->insns_per_op));
  json_object_set_new(o, "insns_reason", json_text(m->insns_reason[0] != '\0' ? m->insns_reason : NULL));
  json_object_set_new(o, "peak_rss_bytes", bytes_json(r->peak_rss));
  json_object_set_new(o, "live_rss_bytes", bytes_json(r->live_rss));
  json_object_set_new(o, "end_rss_bytes", bytes_json(r->end_rss));
  json_object_set_new(o, "requested_bytes", json_count(r->requested_bytes > 0, r->requested_bytes));
  json_object_set_new(o, "processes", json_integer(m->processes));
  json_object_set_new(o, "conditions", conditions_json(conditions));
  json_object_set_new(o, "steal_pct", json_number(conditions->steal_pct));
  json_object_set_new(o, "machine", machine_record());
  json_object_set_new(o, "results_dir", json_text(dir));
  return o;
}

static int write_rounds(const struct bench_measurement *m, struct results *results, struct error *err) {
  FILE *f = results_append(results, "rounds.csv", err);
  if (f == NULL) return err->code;
  fputs("round,ns,tsc,cpu,migrated\n", f);
  for (uint32_t i = 0; i < m->run.record.rounds; i++) {
    const struct round *r = &m->run.rounds[i];
    fprintf(f, "%u,%llu,%llu,%u,%u\n", i, (unsigned long long)r->wall_ns, (unsigned long long)r->tsc, r->cpu,
            r->migrated);
  }
  return fclose(f) == 0 ? 0 : error_set_errno(err, -errno, "cannot write rounds.csv");
}

static void print_counter(const struct bench_counter *c) {
  printf("  %-18s %15.0f  %12.4f /op", c->event.name, c->value.value, c->per_op);
  if (c->value.status == COUNTER_SCALED || c->value.status == COUNTER_SUSPICIOUS) printf("  (%s)", c->value.reason);
  else printf("  %s", c->source);
  putchar('\n');
}

static void print_text(const char *label, const struct bench_run_spec *spec, const struct bench_measurement *m) {
  const struct bench_record *r = &m->run.record;
  bool hardware = false, wanted = false;
  printf("%s  %u thread%s on CPU %s, %s\n", label, r->threads, units_plural(r->threads, "", "s"), spec->cpus,
         spec->library != NULL ? spec->library : "the C library's malloc");
  if (spec->take_turns)
    printf("  more threads than CPUs: they take turns, and ns/op is that of all of them together\n");
  printf("  %.2f ns/op (rounds: 10%% %.2f, 90%% %.2f), %.4g ops/s\n", m->ns_per_op, m->ns_low, m->ns_high,
         m->ops_per_s);
  printf("  %llu op%s, %llu alloc%s, %llu free%s in %u round%s\n", (unsigned long long)r->timed.ops,
         units_plural(r->timed.ops, "", "s"), (unsigned long long)r->timed.allocs,
         units_plural(r->timed.allocs, "", "s"), (unsigned long long)r->timed.frees,
         units_plural(r->timed.frees, "", "s"), r->rounds, units_plural(r->rounds, "", "s"));
  for (int i = 0; i < m->counter_count; i++) {
    const struct bench_counter *c = &m->counters[i];
    wanted |= c->event.backend == COUNTER_HARDWARE;
    if (c->value.status == COUNTER_UNAVAILABLE) continue;
    hardware |= c->event.backend == COUNTER_HARDWARE;
    print_counter(c);
  }
  if (!isnan(m->insns_per_op)) printf("  %-18s %15s  %12.4f /op  callgrind\n", "instructions", "", m->insns_per_op);
  else printf("  instructions/op by callgrind: not measured: %s\n", m->insns_reason);
  if (r->peak_rss != BENCH_NOT_MEASURED) printf("  peak RSS %.2f MB", (double)r->peak_rss / 1e6);
  if (r->requested_bytes > 0)
    printf("; at the end of the rounds %.2f MB RSS for %.2f MB requested; %.2f MB when all was freed",
           (double)r->live_rss / 1e6, (double)r->requested_bytes / 1e6, (double)r->end_rss / 1e6);
  putchar('\n');
  if (wanted && !hardware) printf("  NO HARDWARE COUNTERS on this machine:\n");
  for (int i = 0; i < m->counter_count; i++) {
    const struct bench_counter *c = &m->counters[i];
    if (c->value.status == COUNTER_UNAVAILABLE) printf("  unavailable: %s: %s\n", c->event.name, c->value.reason);
  }
  for (int i = 0; i < m->counter_count; i++)
    if (m->counters[i].value.status == COUNTER_UNAVAILABLE && m->counters[i].value.advice[0] != '\0') {
      printf("    %s\n", m->counters[i].value.advice);
      break;
    }
}

static void print_conditions(const struct conditions *c, bool patched) {
  if (patched)
    printf(
        "  not quiet: probes: a uprobe or breakpoint is set in these files (a verify or perf of the same build): its "
        "hits are in the time\n");
  for (size_t i = 0; i < c->count; i++) {
    if (c->checks[i].status != DOCTOR_DEGRADED) continue;
    printf("  not quiet: %s: %s\n", c->checks[i].name, c->checks[i].detail);
    if (c->checks[i].advice[0] != '\0') printf("    %s\n", c->checks[i].advice);
  }
  if (c->steal_pct > 0.5) printf("  not quiet: the host took %.2f%% of the CPUs' time meanwhile\n", c->steal_pct);
}

static int measure_and_report(const struct invocation *inv, const char *label, const struct bench_run_spec *spec,
                              const char *no_callgrind) {
  struct error err = { 0 };
  struct results results;
  static struct bench_measurement m;
  static struct conditions conditions;
  const char *events = option_string(inv, "events");
  uint64_t callgrind_ops = option_is_set(inv, "no-callgrind") || no_callgrind != NULL ? 0 : CALLGRIND_OPS;
  conditions_begin(&conditions);
  int rc = bench_measure(spec, events, callgrind_ops, &m, &err);
  conditions_end(&conditions);
  if (rc != 0) return command_fail(&err);
  if (no_callgrind != NULL && !option_is_set(inv, "no-callgrind"))
    snprintf(m.insns_reason, sizeof m.insns_reason, "%s", no_callgrind);
  int code = EXIT_DONE;
  rc = results_create(&results, inv->out_dir, "bench", label, &err);
  if (rc != 0) {
    bench_measurement_free(&m);
    return command_fail(&err);
  }
  json_t *json = result_json(spec, label, &m, &conditions, results.path);
  rc = write_rounds(&m, &results, &err);
  if (rc == 0) rc = results_write_json(&results, "result.json", json, &err);
  if (rc != 0) code = command_fail(&err);
  if (inv->json) json_print(json);
  else {
    print_text(label, spec, &m);
    print_conditions(&conditions, m.run.record.patched);
  }
  command_note(inv, "results in %s", results.path);
  json_decref(json);
  results_close(&results);
  bench_measurement_free(&m);
  return code;
}

static int run_bench(const struct invocation *inv) {
  struct error err = { 0 };
  struct trace_header trace = { 0 };
  struct cpu_choice cpus;
  char library[4096], cpu_list[1024], label[300];
  const char *name = inv->positional[0], *file = workload_file(name);
  const struct workload *w = workload_find(name);
  const char *slash = file != NULL ? strrchr(file, '/') : NULL;
  if (file != NULL) snprintf(label, sizeof label, "%s:%s", w->name, slash != NULL ? slash + 1 : file);
  else snprintf(label, sizeof label, "%s", name);
  if (w == NULL || (w->needs_file && file == NULL)) {
    if (w != NULL) return command_usage(inv, "%s wants a file: bench %s:FILE", w->name, w->name);
    names_unknown(&err, "workload", name, workload_names());
    return command_reject(inv, &err);
  }
  unsigned threads =
      strcmp(inv->threads, "1") == 0 && w->min_threads > 1 ? w->min_threads : cpu_choice_parse_threads(inv->threads);
  if (threads == 0) return command_usage(inv, "--threads wants 1 to 256 or all, not '%s'", inv->threads);
  if (file != NULL) {
    if (trace_walk(file, &trace, NULL, NULL, &err) != 0) return command_fail(&err);
    threads = trace.threads;
  }
  if (cpu_choice_make(threads > 0 ? threads : CPU_CHOICE_MAX, &cpus, &err) != 0) return command_fail(&err);
  if (cpus.smt_shared && threads > 0)
    command_note(inv, "note: %u threads on %u cores: some share a core", threads, cpus.cores);
  const char *lib = option_string(inv, "lib");
  if (lib == NULL) {
    if (locate(LOCATE_LIBHAKMEM, library, sizeof library, &err) != 0) {
      error_advise(&err, "or name another malloc with --lib FILE, or --lib none for the C library's");
      return command_fail(&err);
    }
  } else if (strcmp(lib, "none") != 0 && preload_find(lib, library, &err) != 0) {
    return command_reject(inv, &err);
  }
  struct bench_run_spec spec = {
    .workload = w->name,
    .library = lib != NULL && strcmp(lib, "none") == 0 ? NULL : library,
    .file = file,
    .slots = inv->slots,
    .ops = inv->ops > 0 ? inv->ops : w->default_ops,
    .seed = inv->seed_given ? inv->seed : 1,
    .warmup = 1,
    .threads = file != NULL ? 0 : threads,
    .cpus = cpu_choice_format(&cpus, cpu_list, sizeof cpu_list),
    .take_turns = threads > cpus.count,
    .env = inv->env,
    .user = inv->user,
    .timeout_s = inv->timeout_s,
  };
  if (file != NULL) {
    uint64_t fit = REPLAY_CALLS / (trace.events > 0 ? trace.events : 1);
    spec.ops = 0; /* a round is the whole trace */
    spec.rounds = fit < REPLAY_ROUNDS_MIN ? REPLAY_ROUNDS_MIN : fit > REPLAY_ROUNDS_MAX ? REPLAY_ROUNDS_MAX : fit;
  }
  /* simulated threads spin for long under callgrind, and their counts vary */
  return measure_and_report(inv, label, &spec,
                            threads > 1 ? "more than one thread: waiting makes the count arbitrary"
                            : trace.events > CALLGRIND_TRACE_MAX ? "the trace is too long to be simulated"
                                                                 : NULL);
}

static const char *const synopsis[] = {
  "WORKLOAD [--lib F] [--events E,…] [--threads N] [--slots N] [--ops N] [--seed N] [--json]",
  "replay:FILE [--lib F] [--events E,…] [--json]", NULL
};
static const struct option_spec options[] = {
  { "lib", 0, OPTION_STRING, "F", "the malloc library to preload, or none; default: this build's libhakmem.so", NULL },
  { "events", 0, OPTION_STRING, "E,…", "events by libpfm4's names, rHEX, software events, tsc", DEFAULT_EVENTS },
  { "no-callgrind", 0, OPTION_FLAG, NULL, "leave out the instructions for each operation", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_bench = {
  .name = "bench",
  .summary = "run one workload with counters around its loop",
  .synopsis = synopsis,
  .description = "--ops is the number of timed steps of each thread, split into rounds; one round of warm-up\n"
                 "comes before. ns/op is wall time by steps of one thread (median of the rounds), ops/s counts\n"
                 "all threads. Hardware events count user mode and are read as one group around each round;\n"
                 "events that do not fit into one group are counted in a further process. Threads are pinned\n"
                 "to cores of their own. An event that is not available is listed with the reason and is null\n"
                 "in JSON. Instructions for each operation come from callgrind where Valgrind is installed.\n"
                 "Before the run the machine's noise is measured for 0.1 s; what makes times uncertain is said.\n"
                 "replay:FILE plays a trace made by `record`: each round is the whole trace, by as many threads.",
  .options = options,
  .common = "jqowe",
  .positional_min = 1,
  .positional_max = 1,
  .names = workload_names,
  .run = run_bench,
};
