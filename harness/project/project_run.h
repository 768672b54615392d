/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_run.h: the parts of hakmem-project-run, which runs a project's workload once.
 *
 * It is started for each process of a campaign (protocol.h, AB_JOB_PROJECT), and by Step 0, with words KEY=VALUE:
 *
 *   images=FOLDER   the images are in FOLDER/<record>/, in Step 0 in FOLDER/p/
 *   image=NAME      what @image@ is; preload=NAME  what is preloaded into run or server
 *   run=COMMAND, or server=COMMAND client=COMMAND port=N (0: a free one) ready=http|tcp|exec ready_text=TEXT
 *   requests=N done=REGEX   what the client must report, and where it does
 *   clock=cpu|cpu/request|wall|print regex=REGEX
 *   size=VALUE …  env=NAME=VALUE …  stdin=FILE  timeout=SECONDS  project=FOLDER  cwd=FOLDER
 *   job=FD:RECORD   a process of a campaign; proof=1: Step 0, one round, which is not timed
 *
 * Whatever it starts it ends: it is the reaper of everything below it, and a signal ends it all. Exit: 0 done,
 * 2 usage, 3 the workload failed, with the reason as the last line of stderr. */
#ifndef HARNESS_PROJECT_PROJECT_RUN_H
#define HARNESS_PROJECT_PROJECT_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "harness/core/words.h"
#include "harness/runner/protocol.h"

/* In Step 0, beside the images: how many requests were answered. */
#define PROJECT_REQUESTS_FILE "requests"

enum run_clock { RUN_CPU, RUN_CPU_REQUEST, RUN_WALL, RUN_PRINT };

struct run_plan {
  const char *images, *image, *preload, *run, *server, *client, *ready, *ready_text, *done, *regex, *stdin_file;
  const char *project, *cwd;
  enum run_clock clock;
  unsigned port; /* 0: to be chosen */
  uint64_t requests;
  double timeout_s;
  const char *size[256];
  unsigned sizes;
  struct words env;
  struct ab_record *record; /* NULL: Step 0 */
  char folder[4096];        /* of this process's images */
  char run_folder[4096];    /* empty, removed at the end */
  const char *chosen_size;
  int output_fd; /* what the measured program says, where it is looked at, and the client */
};

/* Says the reason and exits with 3, everything that was started ended. */
_Noreturn void run_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends all processes below this one; async-signal-safe. */
void run_end_all(void);
/* The words of a command with @names@ replaced; fails where there are none. */
struct words run_command(const struct run_plan *plan, const char *text);
/* Starts words; measured: with the images' paths, the preloaded library and the padded environment. stdout goes
 * to output_fd, emptied first, where look, else away. */
pid_t run_start(const struct run_plan *plan, const struct words *words, bool measured, bool look);
/* Waits for it; fails where it takes longer than the plan's timeout. Its status. */
int run_wait(const struct run_plan *plan, pid_t pid, struct rusage *usage, const char *what);
/* What was said since run_start; fails where it is too much to be looked at. */
const char *run_said(const struct run_plan *plan);
/* CLOCK_MONOTONIC in seconds. */
double run_now(void);
/* The number in the first group of an extended regular expression; false where it does not match. */
bool run_number(const char *regex, const char *text, double *value);

/* run_command.c, run_server.c: the measured rounds. */
void run_program(struct run_plan *plan);
void run_with_server(struct run_plan *plan);

#endif
