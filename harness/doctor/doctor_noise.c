/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_noise.c: how quiet the machine is: the spread of a loop of 0.2 ms that touches no
 * memory, on a pinned CPU. What the loop loses, the measured code loses. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/bench_clock.h"
#include "harness/core/units.h"
#include "harness/counters/cpu_choice.h"
#include "harness/doctor/doctor.h"

enum { SPIN_NS = 200000, SPINS_MAX = 5000 };
/* Above these a difference of a few percent drowns in single runs: the claims that the harness
 * makes are of 1% and more. */
#define SPREAD_LIMIT_PCT 2.0
#define LOST_LIMIT_PCT 2.0

void doctor_check_load(struct doctor_check *c) {
  char line[128];
  double load;
  unsigned running, tasks;
  if (doctor_read_line("/proc/loadavg", line, sizeof line) <= 0 ||
      sscanf(line, "%lf %*f %*f %u/%u", &load, &running, &tasks) != 3) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "/proc/loadavg cannot be read");
    return;
  }
  bool busy = running > 1; /* this program is one of them */
  doctor_find(c, busy ? DOCTOR_DEGRADED : DOCTOR_OK, "load %.2f; %u other %s now", load, running > 0 ? running - 1 : 0,
              units_plural(running > 0 ? running - 1 : 0, "task runs", "tasks run"));
  if (busy) doctor_advise(c, "end what else runs, or give it other CPUs (taskset, systemd AllowedCPUs)");
}

int doctor_read_steal(unsigned long long *steal, unsigned long long *total) {
  char line[512];
  unsigned long long v[8] = { 0 };
  if (doctor_read_line("/proc/stat", line, sizeof line) <= 0) return -ENOENT;
  if (sscanf(line, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6],
             &v[7]) != 8)
    return -EPROTO;
  *steal = v[7];
  *total = 0;
  for (int i = 0; i < 8; i++) *total += v[i];
  return 0;
}

void doctor_check_steal(struct doctor_check *c) {
  unsigned long long steal, total;
  if (doctor_read_steal(&steal, &total) != 0 || total == 0) {
    doctor_find(c, DOCTOR_UNAVAILABLE, "/proc/stat does not count stolen time");
    return;
  }
  double pct = 100.0 * (double)steal / (double)total;
  doctor_find(c, pct > 0.5 ? DOCTOR_DEGRADED : DOCTOR_OK, "%.2f%% of the time since boot was stolen by the host", pct);
  if (pct > 0.5) doctor_advise(c, "other guests use this CPU: measure at another hour or on a dedicated host");
}

static int compare(const void *a, const void *b) {
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static uint64_t spin(uint64_t count) {
  uint64_t start = bench_now_ns();
  for (uint64_t i = 0; i < count; i++) __asm__ volatile("" ::: "memory");
  return bench_now_ns() - start;
}

/* Loop turns that take about SPIN_NS: from the fastest of a few tries. */
static uint64_t calibrate(void) {
  uint64_t count = 1 << 16, best = UINT64_MAX;
  for (int i = 0; i < 20; i++) {
    uint64_t ns = spin(count);
    if (ns < best) best = ns;
  }
  return best > 0 ? count * SPIN_NS / best + 1 : count;
}

void doctor_measure_noise(double seconds, struct doctor_noise *noise) {
  static uint64_t ns[SPINS_MAX];
  struct cpu_choice choice;
  struct error err = { 0 };
  cpu_set_t before, one;
  bool pinned = sched_getaffinity(0, sizeof before, &before) == 0 && cpu_choice_make(1, &choice, &err) == 0;
  if (pinned) {
    CPU_ZERO(&one);
    CPU_SET((size_t)choice.cpus[0], &one);
    pinned = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  uint64_t count = calibrate(), start = bench_now_ns(), window = (uint64_t)(seconds * 1e9), lost = 0, sum = 0;
  size_t n = 0;
  do ns[n++] = spin(count);
  while (n < SPINS_MAX && bench_now_ns() - start < window);
  if (pinned) sched_setaffinity(0, sizeof before, &before);
  qsort(ns, n, sizeof ns[0], compare);
  uint64_t median = ns[n / 2], p10 = ns[n / 10], p90 = ns[n - 1 - n / 10];
  for (size_t i = 0; i < n; i++) {
    sum += ns[i];
    if (ns[i] > median) lost += ns[i] - median;
  }
  *noise = (struct doctor_noise){ (double)median, 100.0 * (double)(p90 - p10) / (double)median,
                                  (double)ns[n - 1] / (double)median, 100.0 * (double)lost / (double)sum, n };
}

void doctor_judge_noise(const struct doctor_noise *n, struct doctor_check *c) {
  bool noisy = n->spread_pct > SPREAD_LIMIT_PCT || n->lost_pct > LOST_LIMIT_PCT;
  doctor_find(c, noisy ? DOCTOR_DEGRADED : DOCTOR_OK,
              "a loop of %.3f ms, %zu times: 80%% lie within %.2f%%, the worst took %.2f times the median, %.2f%% of "
              "the time was lost",
              n->loop_ns / 1e6, n->loops, n->spread_pct, n->worst_ratio, n->lost_pct);
  if (noisy)
    doctor_advise(c, "end what else runs (see load, steal, governor, turbo, smt); `ab` takes more pairs to be sure");
}

void doctor_check_noise(struct doctor_check *c) {
  struct doctor_noise noise;
  doctor_measure_noise(0.5, &noise);
  doctor_judge_noise(&noise, c);
}
