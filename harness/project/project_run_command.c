/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_run_command.c: a command, from its start to its end, is one round. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "harness/core/bench_clock.h"
#include "harness/project/project_run.h"

/* A printed number has no unit that we know: kept as millionths of itself. */
#define PRINTED_PARTS 1e6

static uint64_t cpu_ns(const struct rusage *u) {
  return (uint64_t)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000000000u +
         (uint64_t)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) * 1000u;
}

static uint64_t printed(const struct run_plan *plan) {
  double value;
  if (!run_number(plan->regex, run_said(plan), &value)) run_fail("it did not print what matches %s", plan->regex);
  if (!(value > 0) || value > 1e12) run_fail("it printed %g: no time", value);
  uint64_t parts = (uint64_t)(value * PRINTED_PARTS + 0.5);
  if (parts < 1000) run_fail("it printed %g: too small a number to be compared", value);
  return parts;
}

static void describe(int status, char *text, size_t size) {
  if (WIFSIGNALED(status)) snprintf(text, size, "was killed by signal %d", WTERMSIG(status));
  else snprintf(text, size, "ended with %d", WEXITSTATUS(status));
}

void run_program(struct run_plan *plan) {
  struct words words = run_command(plan, plan->run);
  struct rusage usage = { 0 };
  char text[64];
  uint64_t from = bench_now_ns();
  pid_t pid = run_start(plan, &words, true, plan->clock == RUN_PRINT);
  int status = run_wait(plan, pid, &usage, "the command");
  uint64_t to = bench_now_ns();
  describe(status, text, sizeof text);
  if (status != 0) run_fail("the command %s", text);
  struct ab_record *r = plan->record;
  if (r == NULL) return;
  struct round *round = &r->round[0];
  round->wait_ns = ROUND_NOT_MEASURED;
  round->wall_ns = plan->clock == RUN_WALL ? to - from : plan->clock == RUN_PRINT ? printed(plan) : cpu_ns(&usage);
  if (round->wall_ns == 0) run_fail("it took no time that can be measured");
  round->minor_faults = (uint32_t)usage.ru_minflt;
  round->major_faults = (uint32_t)usage.ru_majflt;
  round->voluntary_switches = (uint32_t)usage.ru_nvcsw;
  round->involuntary_switches = (uint32_t)usage.ru_nivcsw;
  round->done = 1;
  r->ready_ns = from;
  r->ended_ns = to;
  r->rounds_done = 1;
  r->state = AB_RECORD_DONE;
  words_free(&words);
}
