/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_settings.c: see bench_settings.h. */
#include "harness/runner/bench_settings.h"

#include <limits.h>
#include <sched.h>
#include <string.h>

#include "harness/runner/bench_io.h"

static int list_workloads(void) {
  bench_put(2, "hakmem-bench: no such workload; there are:");
  for (const struct workload *const *w = workload_list; *w != NULL; w++) {
    bench_put(2, " ");
    bench_put(2, (*w)->name);
  }
  bench_put(2, "\n");
  return 2;
}

static bool parse_event(struct bench_settings *s, const char *text) {
  uint64_t field[4] = { 0, 0, 0, 0 };
  if (s->spec.event_count >= ROUND_EVENTS_MAX) return false;
  for (int i = 0; i < 4; i++) {
    if (!bench_parse(&text, true, &field[i])) return false;
    if (*text == '\0') {
      if (i == 0) return false;
      s->events[s->spec.event_count++] = (struct perf_event_id){ (uint32_t)field[0], field[1], field[2], field[3] };
      return true;
    }
    if (*text++ != ':') return false;
  }
  return false;
}

static bool parse_cpus(struct bench_settings *s, const char *text) {
  uint64_t v;
  while (s->spec.cpu_count < ENGINE_THREADS_MAX && bench_parse(&text, false, &v) && v < CPU_SETSIZE) {
    s->cpus[s->spec.cpu_count++] = (int)v;
    if (*text == '\0') return true;
    if (*text++ != ',') return false;
  }
  return false;
}

static bool parse_job(struct bench_settings *s, const char *text) {
  uint64_t fd, record;
  if (!bench_parse(&text, false, &fd) || *text++ != ':' || !bench_parse(&text, false, &record) || *text != '\0' ||
      fd > INT_MAX || record > INT_MAX)
    return false;
  s->job_fd = (int)fd;
  s->job_record = (int)record;
  return true;
}

static bool is(const char *setting, size_t n, const char *name) {
  return strlen(name) == n && memcmp(setting, name, n) == 0;
}

/* One NAME=VALUE of the command line. */
static bool parse_setting(struct bench_settings *s, const char *text) {
  const char *eq = strchr(text, '=');
  if (eq == NULL) return false;
  size_t n = (size_t)(eq - text);
  const char *value = eq + 1;
  if (is(text, n, "event")) return parse_event(s, value);
  if (is(text, n, "cpus")) return parse_cpus(s, value);
  if (is(text, n, "job")) return parse_job(s, value);
  if (is(text, n, "file")) return s->spec.params.file = value, true;
  if (is(text, n, "library")) return s->library = value, true;
  uint64_t v;
  if (!bench_parse(&value, false, &v) || *value != '\0') return false;
  if (is(text, n, "slots")) s->spec.params.slots = v;
  else if (is(text, n, "ops")) s->spec.params.ops = v;
  else if (is(text, n, "seed")) s->spec.params.seed = v;
  else if (is(text, n, "threads")) s->spec.params.threads = v > ENGINE_THREADS_MAX ? 0 : (unsigned)v;
  else if (is(text, n, "rounds")) s->spec.rounds = v;
  else if (is(text, n, "warmup")) s->spec.warm_rounds = v;
  else if (is(text, n, "fd") && v <= INT_MAX) s->text_fd = (int)v;
  else if (is(text, n, "record") && v <= INT_MAX) s->record_fd = (int)v;
  else return false;
  return true;
}

static int check_threads(const struct engine_spec *spec) {
  unsigned multiple = spec->workload->thread_multiple > 1 ? spec->workload->thread_multiple : 1;
  if (spec->params.threads >= spec->workload->min_threads && spec->params.threads % multiple == 0) return 0;
  char line[64], *p = bench_format(line, "threads must be at most 256, at least ", spec->workload->min_threads);
  p = bench_format(p, "and a multiple of ", multiple);
  *p = '\0';
  return bench_say(line, ""), 2;
}

int bench_settings_parse(struct bench_settings *s, int argc, char **argv) {
  const struct workload *w = argc > 1 ? workload_find(argv[1]) : NULL;
  if (w == NULL) return list_workloads();
  *s = (struct bench_settings){ .spec = { .workload = w,
                                          .params = { .file = workload_file(argv[1]),
                                                      .slots = w->default_slots,
                                                      .ops = w->default_ops,
                                                      .seed = 1,
                                                      .threads = w->default_threads > 0 ? w->default_threads
                                                                                        : w->min_threads },
                                          .rounds = 1,
                                          .cpus = s->cpus,
                                          .events = s->events,
                                          .finish = true },
                                .text_fd = -1,
                                .record_fd = -1,
                                .job_fd = -1 };
  for (int i = 2; i < argc; i++)
    if (!parse_setting(s, argv[i])) return bench_say("wrong setting: ", argv[i]), 2;
  s->spec.warm_ops = s->spec.params.ops;
  if (s->text_fd < 0 && s->record_fd < 0) s->text_fd = 1;
  /* callgrind's runs, which have no record, stay the same to the instruction */
  s->spec.process_facts = s->spec.probe = s->record_fd >= 0;
  const char *wrong = check_threads(&s->spec) == 0 ? engine_check(&s->spec) : "";
  if (wrong == NULL) return 0;
  return wrong[0] != '\0' ? bench_say(wrong, ""), 2 : 2;
}
