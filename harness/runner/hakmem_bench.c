/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hakmem_bench.c: the measured process where the malloc comes through the system's own loader: one
 * workload, one process, for bench, peers, verify, callgrind, and for the libraries of `ab`.
 *
 * Its command line and its report are in bench_record.h; the rounds are the engine's. Nothing here
 * allocates: output is formatted by hand. Start-up is kept small, because A/B campaigns start
 * thousands of processes that live for 20 ms. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/runner/bench_io.h"
#include "harness/runner/bench_launch.h"
#include "harness/runner/bench_record.h"
#include "harness/runner/bench_settings.h"
#include "harness/runner/code_proof.h"
#include "harness/runner/job_run.h"
#include "harness/runner/library_proof.h"

static struct bench_counts counts_of(const struct workload_counts *c) {
  return (struct bench_counts){ c->ops, c->allocs, c->frees, c->tiny_frees };
}

static void report(const struct bench_settings *s, const struct engine_result *e, bool patched) {
  static struct bench_record r;
  r = (struct bench_record){ .magic = BENCH_RECORD_MAGIC,
                             .record_bytes = sizeof r,
                             .round_bytes = sizeof *e->rounds,
                             .rounds = (uint32_t)s->spec.rounds,
                             .warmup = (uint32_t)s->spec.warm_rounds,
                             .threads = s->spec.params.threads,
                             .events = (uint32_t)s->spec.event_count,
                             .ops_per_round = s->spec.params.ops,
                             .timed = counts_of(&e->timed),
                             .total = counts_of(&e->total),
                             .minor_faults = e->usage.minor_faults,
                             .major_faults = e->usage.major_faults,
                             .voluntary_switches = e->usage.voluntary_switches,
                             .involuntary_switches = e->usage.involuntary_switches,
                             .user_ns = e->usage.user_ns,
                             .system_ns = e->usage.system_ns,
                             .migrations = e->migrations,
                             .start_rss = e->start_rss,
                             .live_rss = e->live_rss,
                             .requested_bytes = e->requested_bytes,
                             .clock_overhead_ns = e->clock_overhead_ns,
                             .event_rdpmc = e->rdpmc,
                             .patched = patched,
                             .end_rss = bench_status_bytes("VmRSS"),
                             .peak_rss = bench_status_bytes("VmHWM") };
  memcpy(r.event_overhead, e->event_overhead, sizeof r.event_overhead);
  for (int i = 0; i < s->spec.event_count; i++) r.event_errno[i] = e->event_errno[i];
  bench_write(s->record_fd, &r, sizeof r);
  bench_write(s->record_fd, e->rounds, s->spec.rounds * sizeof *e->rounds);
}

static void say_counts(int fd, const struct workload_counts *total) {
  char line[256], *p = line;
  p = bench_format(p, "ops=", total->ops);
  p = bench_format(p, "allocs=", total->allocs);
  p = bench_format(p, "frees=", total->frees);
  p = bench_format(p, "tiny_frees=", total->tiny_frees);
  p[-1] = '\n';
  bench_write(fd, line, (size_t)(p - line));
}

static int do_job(struct bench_settings *s) {
  static struct ab_job job;
  static const struct job_hooks none;
  struct ab_records *records = mmap(NULL, sizeof *records, PROT_READ | PROT_WRITE, MAP_SHARED, s->job_fd, 0);
  if (records == MAP_FAILED || records->magic != AB_MAGIC || records->version != AB_VERSION ||
      s->job_record >= AB_RECORDS)
    return bench_say("not a campaign's record", ""), 2;
  close(s->job_fd);
  struct ab_record *record = &records->record[s->job_record];
  job = record->job;
  const char *wrong = s->library != NULL ? library_proof(s->library) : NULL;
  const struct workload *w = s->spec.workload;
  if (wrong == NULL && w->prepare != NULL && w->prepare(&s->spec.params) != 0) wrong = "its file cannot be replayed";
  if (wrong == NULL && w->needs_file && s->spec.params.file_crc != job.file_crc) wrong = job_file_changed;
  if (wrong == NULL) wrong = job_run(&job, w, &none, record);
  job_end(record, wrong);
}

int main(int argc, char **argv) {
  static struct bench_settings s;
  static struct engine_result result;
  if (argc > 1 && strcmp(argv[1], "launch") == 0) return bench_launch_main(argc, argv);
  int rc = bench_settings_parse(&s, argc, argv);
  if (rc != 0) return rc;
  if (s.job_fd >= 0) return do_job(&s);
  const char *wrong = s.library != NULL ? library_proof(s.library) : NULL;
  if (wrong != NULL) return bench_say(wrong, ""), 3;
  if (s.spec.workload->prepare != NULL && s.spec.workload->prepare(&s.spec.params) != 0) return 3;
  s.spec.warm_ops = s.spec.params.ops;
  bool patched = s.record_fd >= 0 && code_is_patched();
  wrong = engine_run(&s.spec, &result);
  if (wrong != NULL) return bench_say(wrong, ""), 3;
  if (s.record_fd >= 0) report(&s, &result, code_is_patched() || patched);
  if (s.text_fd >= 0) say_counts(s.text_fd, &result.total);
  return 0;
}
