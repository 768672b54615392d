/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_options.h: what was asked for, as it is kept in campaign.json for --resume. */
#ifndef HARNESS_AB_AB_OPTIONS_H
#define HARNESS_AB_AB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/core/error.h"
#include "harness/core/results.h"
#include "harness/data/ab_plan.h"
#include "harness/runner/protocol.h"

enum { AB_COUNTS_MAX = 8 };

struct ab_result;
struct trace_facts;

/* How commands are run, and which ones where there are more than two; lists are NULL-terminated or NULL. */
struct ab_commands {
  char *const *cmd, *const *lib; /* --cmd, --lib: any number of arms; both NULL: two sides */
  char *const *name;             /* in their order */
  char *const *param;            /* NAME=V1,V2 or NAME=FROM..TO[..STEP]: one arm for each value of {NAME} */
  char *const *hook[AB_HOOKS];   /* one for all, or one for each command */
  const char *shell;             /* NULL: no shell */
  const char *in, *out;          /* --stdin, --stdout */
  const char *accept;            /* --ignore-failure: NULL none, "" all, else codes */
  uint64_t warmup, runs;         /* of each; runs 0: as many as the budget has room for */
};

struct ab_options {
  char *const *names;           /* gates, NULL-terminated; NULL: two libraries or commands */
  char *const *with;            /* features compiled into both sides, NULL-terminated, or NULL */
  const char *lib[2];           /* --a, --b */
  const char *cmd[2];           /* --cmd-a, --cmd-b */
  const char *project;          /* --project: names[0] is its gate, NULL the only one */
  const char *project_workload; /* NULL: the only one */
  const char *project_extra;    /* lines behind the file's, or in place of one (the short form) */
  bool project_short;           /* there is no file: project is its folder */
  enum ab_protocol protocol;
  const char *source_dir; /* NULL: this build's */
  const char *workload;
  struct trace_facts *trace;       /* of the workload replay:FILE; owned; NULL: it is another one */
  unsigned threads[AB_COUNTS_MAX]; /* one campaign each, ended by 0 */
  bool threads_given;
  uint64_t slots, seed; /* slots 0: the workload's default */
  double budget_s, margin_pct, level;
  bool no_direct, no_callgrind, whole_budget;
  char *const *env;
  const char *user;
  double timeout_s;
  struct ab_commands commands;
  const char *out_dir;                /* not kept */
  bool quiet;                         /* not kept */
  const struct ab_baseline *baseline; /* of --against, for the result; not kept; NULL: none */
  /* Not kept; what is done in place of measuring once Steps 0 and 1 have let it through (--pack). what is a struct
   * ab_project where there is a project, a struct subject where there are names, else a struct ab_two. NULL: it is
   * measured. */
  int (*instead)(void *context, const struct ab_options *o, const void *what, struct ab_result *result,
                 struct error *err);
  void *context;
  struct ab_plan *plan; /* owns the strings of loaded options, NULL otherwise */
};

/* "1", "4", "all", "1,all" into o->threads; -EINVAL. */
int ab_options_threads(struct ab_options *o, const char *text, struct error *err);
/* Once threads and workload are there: the trace of replay:FILE, whose threads they have to be. */
int ab_options_trace(struct ab_options *o, struct error *err);
/* As campaign.json into the folder. */
int ab_options_write(const struct ab_options *o, struct results *results, struct error *err);
/* From DIR/campaign.json; fills o but for out_dir and quiet. Free with ab_options_free. */
int ab_options_load(struct ab_options *o, const char *dir, struct error *err);
void ab_options_free(struct ab_options *o);
/* A seed from the system's random numbers, below 2^53 so that JSON keeps it. */
uint64_t ab_random_seed(void);

#endif
