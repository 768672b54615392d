/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_run.h: the commands of a campaign, in its runner: what stands on the runner's own command line
 * about each of them, the hooks before and after a run, where its input and output go, and what a run left
 * behind. Nothing of it is timed but the command itself. */
#ifndef HARNESS_RUNNER_COMMAND_RUN_H
#define HARNESS_RUNNER_COMMAND_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "harness/runner/protocol.h"

/* Words of the runner's command line. Before each arm but the first stands COMMAND_NEXT; an arm's own words
 * begin with those that have one of these in front, in any order. */
#define COMMAND_NEXT "--ab-arm--"
#define COMMAND_ENV "+"           /* +NAME=VALUE: its environment */
#define COMMAND_NAME "@name="     /* AB_SIDE of its hooks */
#define COMMAND_STDIN "@stdin="   /* a file; without it nothing */
#define COMMAND_STDOUT "@stdout=" /* a file, or "pipe": somebody reads it and throws it away; without it nothing */
#define COMMAND_HOOK "@hook-"     /* @hook-prepare=TEXT and the like, for /bin/sh -c */

struct command_arm {
  char **argv;
  const char *name, *in, *out;
  const char *hook[AB_HOOKS];
};

/* Of the rest of a command line; the number of arms, 0: more than AB_ARMS_MAX. */
unsigned command_parse(char **words, struct command_arm arm[AB_ARMS_MAX]);
/* Runs a hook to its end; true where the arm has none. Else why not stands in the record's message, and
 * *status is its own. limit_s: as of a run. */
bool command_hook(const struct command_arm *arm, enum ab_hook hook, const struct ab_job *job, struct ab_record *r,
                  const sigset_t *mask, int stderr_fd, int *status);
/* Who reads what the arm's command writes, where that goes into a pipe: a process of its own, which ends with
 * the last writer. *fd: to write to, -1 where the arm has no pipe. */
void command_reader(const struct command_arm *arm, int *fd);
/* In the child: everything but execve. */
void command_redirect(const struct command_arm *arm, int stderr_fd, int reader_fd);
/* Waits for a process; where it does not end in time it is killed, which it cannot ignore: true. */
bool command_wait(pid_t pid, uint32_t timeout_s, int *status, struct rusage *u);
/* Children that are there before a run: what --setup or --prepare started, and a reader. */
struct command_kept {
  pid_t pid[64];
  size_t count;
};
void command_children(struct command_kept *kept);
/* Ends what a command left behind, also in sessions of its own: as their reaper we have them. How many. */
uint32_t command_end_strays(const struct command_kept *kept);
/* The end of what was written to stderr_fd, behind what stands in the message. */
void command_last_words(struct ab_record *r, int stderr_fd);

#endif
