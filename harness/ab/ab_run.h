/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_run.h: the whole of `ab`: Steps 0 and 1, variants, campaigns, side metrics, result. */
#ifndef HARNESS_AB_AB_RUN_H
#define HARNESS_AB_AB_RUN_H

#include "harness/ab/ab_options.h"
#include "harness/ab/campaign.h"
#include "harness/ab/run_rules.h"
#include "harness/ab/subject.h"
#include "harness/audit/candidates.h"
#include "harness/core/words.h"
#include "harness/data/ab_result.h"
#include "harness/project/gated_lines.h"
#include "harness/project/project_file.h"
#include "harness/project/project_images.h"

/* Runs it. *result (also written to the results folder as result.json) is to be freed by its table;
 * with Ctrl-C it is partial. resume_dir: the folder to go on in, NULL for a new one. 0 or negative
 * errno: -ENOENT an unknown gate or workload, -EALREADY nothing left to resume. */
int ab_run(const struct ab_options *o, const char *resume_dir, struct ab_result *result, struct error *err);

/* Of a result: done, NO-OP, INCONCLUSIVE, interrupted. */
enum exit_code ab_exit_code(const struct ab_result *result);

/* ab_gate.c: the same where a CI asks: conditions, NULL-terminated, are worse (side b, or what is compiled in, is
 * slower by the margin), better, unresolved. One that holds is EXIT_CLAIM_FALSE; a known answer that is none of them
 * EXIT_DONE. text: a line for each, and what is missing where it is not known; "" where there are no conditions. */
enum exit_code ab_gate_code(const struct ab_result *result, char *const *conditions, char *text, size_t size);
/* Runs of each of so many commands without which there is no interval, so that no gate has an answer. */
uint64_t ab_gate_runs(size_t arms);

/* Whether short processes can run the workload with so many threads: -ENOENT, -EINVAL. */
int ab_check_workload(const struct ab_options *o, struct error *err);

/* ab_fill.c: a campaign's numbers into an object that fields_init has seen. */
int ab_fill_measured(const struct campaign *c, struct ab_measured *m, struct error *err);

/* Why perf_event_open gave none, for people. */
const char *ab_counters_why_not(int code);

/* Threads of the first campaign: as asked for, and no fewer than the workload needs. */
unsigned ab_first_threads(const struct ab_options *o);
/* Sets kind, images or command lines of a campaign. */
typedef void ab_fill(struct campaign_spec *spec, const void *what);
/* One campaign for each number of threads; the first one's numbers are the result's, all stand in
 * by_threads. */
int ab_thread_campaigns(const struct ab_options *o, ab_fill *fill, const void *what, struct results *results,
                        struct ab_result *result, struct error *err);

/* ab_source.c: the source's protocol: ten runs of each side, one after the other, means. */
int ab_source_protocol(const struct ab_options *o, ab_fill *fill, const void *what, struct results *results,
                       struct ab_result *result, struct error *err);

/* ab_side.c: direct_pct, layout_pct, decomposition and expected_pct; instructions. What cannot be
 * measured is null, with a reason. */
int ab_decompose(const struct ab_options *o, const struct subject *s, struct results *results, struct ab_result *result,
                 struct error *err);
void ab_count_insns(const struct ab_options *o, const struct subject *s, struct ab_result *result);

/* arms.c: any number of commands or libraries, in blocks; the result is a table. */
int ab_arms(const struct ab_options *o, struct results *results, bool resume, struct ab_result *result,
            struct error *err);

/* ab_two.c: two libraries or two commands. */
struct ab_two {
  struct words side[2];
  uint32_t kind;
  bool pinned; /* commands: only where --threads was given */
  bool hooks;  /* there is a --setup or --cleanup */
  struct run_accept accept;
};
int ab_two_open(const struct ab_options *o, struct ab_two *two, struct error *err);
void ab_two_free(struct ab_two *two);
ab_fill ab_two_fill;

/* ab_campaigns.c: a campaign in a folder of its own (subfolder NULL: the results folder itself).
 * What the pilot chose is kept beside it and taken up again, as are its samples. */
int ab_folder_campaign(struct campaign *c, struct campaign_spec *spec, struct results *parent, const char *subfolder,
                       struct results *own, struct error *err);
/* What stays over a resume, chosen.json; *found: it is there. -EXDEV: it is of another machine. */
int ab_chosen_load(const struct results *own, struct campaign_spec *spec, bool *found, struct error *err);
int ab_chosen_write(struct results *own, const struct campaign_spec *spec, struct error *err);
/* Threads, CPUs, workload, seed, budget of the options, for n threads. */
int ab_base_spec(const struct ab_options *o, unsigned threads, struct campaign_spec *spec, struct error *err);

/* ab_project.c: Steps 0 and 3 of a gate of somebody's project: both builds by capture, what differs between them by
 * meaning, the gated lines and whether they run in the workload, then a campaign in which each pair is linked in an
 * order of its own. */
struct ab_project {
  struct project file;
  const struct project_gate *gate;
  const struct project_workload *workload;
  struct project_difference builds;
  struct project_images images;
  struct words argv[2]; /* of hakmem-project-run, by side */
  char *root;           /* of the names in the line tables, once Step 0 was asked */
  bool pinned, built, opened;
};

/* Reads the file and finds gate and workload; builds nothing. */
int ab_project_open(const struct ab_options *o, struct ab_project *p, struct error *err);
/* Builds, compares, asks Step 0, measures; into the result. */
int ab_project_measure(const struct ab_options *o, struct ab_project *p, struct results *results,
                       const char *resume_dir, struct ab_result *result, struct error *err);
void ab_project_close(struct ab_project *p);

/* project_step0.c: are the gated lines executed in the workload? Sets result->step0 and the lines of
 * result->project; reason (512 bytes) says what to answer where it may not go on. */
enum project_step0 { PROJECT_GO_ON, PROJECT_NEVER_RUN, PROJECT_NO_ANSWER, PROJECT_NO_CODE };
/* The same of an image that somebody has linked. */
struct project_question {
  const struct gated_lines *lines;
  const char *root;                    /* of their names in the image's line table */
  const struct words *function[2];     /* that differ, that are new: armed where no line has code */
  bool data_only;                      /* data alone differs */
  const struct project_images *images; /* for the requests of a server; NULL: not known */
  const char *elsewhere;               /* where they may be, too; NULL: nowhere */
  bool quiet;
  const char *image;
  char *const *command, *const *env;
  const char *user;
};
int ab_project_ask(const struct project_question *q, struct ab_step0 *step0, struct ab_project_subject *subject,
                   enum project_step0 *answer, char *reason, size_t size, struct error *err);
/* What a campaign of a project is but for its two commands' placing. */
void ab_project_spec(struct campaign_spec *spec, bool server, bool pinned, const struct words *argv);
int ab_project_step0(const struct ab_options *o, struct ab_project *p, struct ab_result *result,
                     enum project_step0 *answer, char *reason, size_t size, struct error *err);

/* Builds, compares and asks Step 0, and times nothing. results NULL: nothing is kept. answer PROJECT_NO_CODE: the
 * builds are identical. */
int ab_project_steps(const struct ab_options *o, struct ab_project *p, struct results *results, const char *resume_dir,
                     struct ab_result *r, enum project_step0 *answer, char *reason, size_t size, struct error *err);
/* Instructions of one run of each side by callgrind, or the reason why they are not known. */
void ab_project_count_insns(const struct ab_options *o, struct ab_project *p, struct ab_result *r);

/* project_candidates.c: what to try next among a project's gates. */
struct project_candidates {
  struct candidates list; /* names of gates are the file's */
  struct project file;
};
/* o->project, project_workload, quiet, env, user; the rest is not asked for. */
int project_candidates_make(struct project_candidates *c, const struct ab_options *o, struct error *err);
void project_candidates_free(struct project_candidates *c);

#endif
