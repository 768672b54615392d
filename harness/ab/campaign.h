/* SPDX-License-Identifier: GPL-3.0-or-later */
/* campaign.h: one paired campaign, from its first pair to its verdict.
 *
 * Owns the loop: the next pair's layout is made while the last one is measured, samples are on
 * disk as they come, looks are taken at planned times, and the whole can be cut off anywhere and
 * resumed. Knows nothing of gates: it is given two images, two libraries or two commands. */
#ifndef HARNESS_AB_CAMPAIGN_H
#define HARNESS_AB_CAMPAIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "harness/ab/run_rules.h"
#include "harness/ab/session.h"
#include "harness/ab/spending.h"
#include "harness/ab/toggle.h"
#include "harness/build/layout.h"
#include "harness/core/results.h"
#include "harness/data/core_model.h"
#include "harness/data/pairs.h"
#include "harness/data/samples.h"
#include "harness/data/verdict.h"
#include "harness/runner/protocol.h"

struct campaign_spec {
  uint32_t kind;             /* enum ab_job_kind */
  const char *label;         /* of the progress line */
  const char *baseline_name; /* in the reasons: "compiled out", "a" */
  const char *workload;      /* "-" for commands */
  unsigned threads;
  int cpu[AB_THREADS_MAX]; /* -1: not pinned */
  bool take_turns;         /* more threads than CPUs */
  uint64_t slots, seed;
  uint32_t file_crc; /* of the trace that is replayed */
  uint64_t file_ops; /* of a thread in one turn of it; 0: there is none */
  double budget_s, margin_pct, level;
  uint32_t rounds, warm_rounds;
  uint64_t round_ops, warm_ops;          /* 0: chosen by campaign_pilot */
  const struct layout_image *image[2];   /* AB_JOB_IMAGE */
  bool independent_layouts;              /* each side its own layout: A/A' */
  bool linked_layout;                    /* always as linked: the source's protocol */
  const struct toggle_list *toggles;     /* live toggle: one process a pair, research only */
  const struct toggle_list *patched_out; /* research with these overwritten for good: layout/codegen alone */
  char *const *side_argv[2];             /* BENCH, COMMAND, PROJECT */
  /* PROJECT: puts the images of a pair where its two processes, by record, find them; side as in its jobs */
  int (*place)(void *context, uint64_t layout_seed, const unsigned record[2], const unsigned side[2],
               struct error *err);
  void *place_context;
  const struct run_accept *accept; /* COMMAND: exit codes that are as good as 0; NULL: none */
  bool hooks;                      /* COMMAND: --setup before, --cleanup after */
  char *const *env;
  const char *user;
  bool core_given; /* the gain is quoted of `core`, where that was seen, to be compared with such a campaign */
  enum pairs_core core;
  double width_alone;    /* of this machine's core while it is alone, 0: not known (core_probe.h) */
  double timeout_s;      /* of one process, 0: 60 s, for commands none */
  bool control;          /* a tenth of the pairs A/A */
  bool run_whole_budget; /* no early stop */
  bool quiet;
  bool no_resume;     /* nothing goes on with it: of a pack */
  const char *runner; /* a file to be run in place of hakmem-ab-runner, NULL: that */
  /* After each pair that counts, once it is on disk; NULL: nobody asks. */
  int (*each_pair)(void *context, const struct pair *pair, struct error *err);
  void *context;
};

/* A round has the trace once at least: of a long one a process has fewer rounds, three at least. */
static inline uint32_t campaign_rounds(const struct campaign_spec *spec) {
  double fit = spec->file_ops ? 10.0 * spec->rounds * (double)spec->round_ops / (double)spec->file_ops : spec->rounds;
  return fit >= spec->rounds ? spec->rounds : fit < 3 ? 3 : (uint32_t)fit;
}

/* Somebody's program, measured from outside: it may sleep and share its CPU with children of its own. */
static inline bool campaign_is_foreign(const struct campaign_spec *spec) {
  return spec->kind == AB_JOB_COMMAND || spec->kind == AB_JOB_PROJECT;
}

struct campaign_side { /* sums over the processes of test pairs */
  uint64_t ops, minor_faults, voluntary, involuntary, migrations;
  uint64_t pmu[AB_PMU_MAX];
  uint32_t pmu_count;
  int pmu_errno;
  size_t processes;
};

struct campaign {
  struct campaign_spec spec;
  struct results *results;
  struct session session;
  struct samples_log log;
  struct pairs pairs;
  struct spending spending;
  struct campaign_side side[2];
  uint64_t next_pair;
  uint32_t run; /* resumes so far */
  size_t next_look;
  size_t strays;                                        /* processes that commands left behind */
  double elapsed_s;                                     /* measuring time, all runs */
  double throttled_pct;                                 /* of the time, by a CPU quota; NaN: there is none */
  double steal_pct;                                     /* of the measuring CPU's time, NaN: not known */
  double own_s;                                         /* CPU time of what was measured, and of us, this run */
  double others_pct, waiting_pct;                       /* neighbours.h, this run; NaN: not known */
  enum pairs_core core;                                 /* which state the estimates are of; NONE: not known */
  struct estimate gain_pct, mean_gain_pct, control_pct; /* of the last look */
  struct core_end end[CORE_ENDS];                       /* of the last look; pairs 0: not seen */
  enum verdict end_verdict[CORE_ENDS];
  struct verdict_result verdict;
  bool stopped, interrupted;
  bool beside;     /* every CPU is measured on: nothing is done beside a running pair */
  unsigned forged; /* processes left out: their record cannot be true */
  FILE *looks;
};

/* results must outlive the campaign. With resume the samples and looks in the folder are taken up,
 * and what was in flight when it was cut off is put on disk. */
int campaign_open(struct campaign *c, const struct campaign_spec *spec, struct results *results, bool resume,
                  struct error *err);
/* Chooses round_ops (pilot.h), and warm_ops where they are 0; needs
 * an open campaign. What was chosen stands in c->spec and has to be kept for a resume. */
int campaign_pilot(struct campaign *c, struct error *err);
/* Measures until the verdict, the budget or Ctrl-C (c->interrupted; returns 0: what was measured
 * is kept). -ECHILD: a process failed. */
int campaign_run(struct campaign *c, struct error *err);
/* One more process outside of any pair; nothing is logged. For pilots and the source's protocol. */
int campaign_single(struct campaign *c, unsigned side, uint32_t rounds, uint64_t round_ops, struct sample *out,
                    struct error *err);
/* AB_JOB_SETUP or AB_JOB_CLEANUP of both sides, where the spec has hooks; -ECHILD: one failed. */
int campaign_hooks(struct campaign *c, enum ab_job_kind kind, struct error *err);
void campaign_close(struct campaign *c);
/* What disturbs its kind: of somebody's program that others took its CPU away, of all a quota. */
struct verdict_company campaign_company(const struct campaign *c);
/* campaign_look.c: estimates at error alpha and the verdict from them, into *c. */
void campaign_judge(struct campaign *c, double alpha);
/* Takes each look whose time has come; true when the campaign has its verdict. */
bool campaign_look(struct campaign *c, struct error *err);
int campaign_looks_open(struct campaign *c, bool resume, struct error *err);

/* campaign_runs.c: keeps a run that failed, and says so: -ECHILD. And whether the folder has one. */
int campaign_failed(const struct campaign *c, const struct ab_record *r, const struct ab_answer *a, struct error *err);
int campaign_check_runs(const struct campaign *c, struct error *err);

/* campaign_salvage.c: puts records that are not on disk yet there, complete or not. */
int campaign_salvage(struct campaign *c, struct ab_records *records, struct error *err);
int campaign_take_up(struct campaign *c, struct error *err);
/* Of an ended process. */
void campaign_sample(const struct campaign *c, const struct ab_record *r, struct sample *s);
void campaign_count(struct campaign *c, const struct sample *s);

#endif
