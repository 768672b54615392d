/* SPDX-License-Identifier: GPL-3.0-or-later */
/* job_run.c: see job_run.h. */
#include "harness/runner/job_run.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <unistd.h>

const char job_file_changed[] = "the trace was changed while it was measured";

/* Hardware counters around a round, as one group, in this order. */
const struct perf_event_id job_events[AB_PMU_MAX] = { { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, 0 },
                                                      { PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, 0, 0 },
                                                      { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES, 0, 0 },
                                                      { PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES, 0, 0 } };

/* How many counters, from the first on, counted in every round; what is behind them reads 0. */
static uint32_t counted(const struct engine_result *result, const struct ab_job *job, struct ab_record *record) {
  uint32_t n = 0;
  while (n < AB_PMU_MAX && result->event_errno[n] == 0) n++;
  record->pmu_errno = n == 0 ? result->event_errno[0] : 0;
  for (uint32_t i = 0; i < job->rounds; i++)
    for (uint32_t e = 0; e < n; e++)
      if (result->rounds[i].pmu[e] == ROUND_NOT_MEASURED) {
        record->pmu_errno = EAGAIN; /* the group lost its place in the middle of a round */
        n = 0;
      }
  for (uint32_t i = 0; i < job->rounds; i++)
    for (uint32_t e = n; e < ROUND_EVENTS_MAX; e++) record->round[i].pmu[e] = 0;
  return n;
}

const char *job_run(const struct ab_job *job, const struct workload *workload, const struct job_hooks *hooks,
                    struct ab_record *record) {
  static struct engine_result result;
  if (job->threads < 1 || job->threads > AB_THREADS_MAX || job->rounds > AB_ROUNDS_MAX || job->toggles > AB_TOGGLES_MAX)
    return "a job out of bounds";
  if (job->toggles && (job->threads != 1 || hooks->round_start == NULL)) return "the live toggle needs one thread";
  struct engine_spec spec = { .workload = workload,
                              .params = { .slots = job->slots ? job->slots : workload->default_slots,
                                          .ops = job->round_ops,
                                          .seed = job->seed,
                                          .threads = job->threads },
                              .rounds = job->rounds,
                              .warm_rounds = job->warm_rounds,
                              .warm_ops = job->warm_ops,
                              .cpus = job->cpu,
                              .cpu_count = job->threads,
                              .events = job_events,
                              .event_count = AB_PMU_MAX,
                              .event_flags = PERF_GROUP_NO_RDPMC, /* mapping pages costs more than the reads */
                              .probe = true,
                              .thread_start = hooks->thread_start,
                              .round_start = job->toggles ? hooks->round_start : NULL,
                              .context = hooks->context };
  const char *wrong = engine_run(&spec, &result);
  if (wrong != NULL) return wrong;
  record->ready_ns = result.ready_ns;
  record->ended_ns = result.ended_ns;
  memcpy(record->round, result.rounds, job->rounds * sizeof *result.rounds);
  record->pmu_count = counted(&result, job, record);
  /* release: the rounds are there before they count as done */
  __atomic_store_n(&record->rounds_done, job->rounds, __ATOMIC_RELEASE);
  return NULL;
}

void job_end(struct ab_record *record, const char *wrong) {
  if (wrong != NULL) {
    size_t n = strnlen(wrong, sizeof record->message - 1);
    memcpy(record->message, wrong, n);
    record->message[n] = '\0';
  }
  record->state = wrong != NULL ? AB_RECORD_FAILED : AB_RECORD_DONE;
  _exit(wrong != NULL ? 3 : 0);
}
