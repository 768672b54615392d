/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_run.h: the whole of `ab`: Steps 0 and 1, variants, campaigns, side metrics, result. */
#ifndef HARNESS_AB_AB_RUN_H
#define HARNESS_AB_AB_RUN_H

#include "harness/ab/ab_options.h"
#include "harness/ab/campaign.h"
#include "harness/ab/subject.h"
#include "harness/core/words.h"
#include "harness/data/ab_result.h"

/* Runs it. *result (also written to the results folder as result.json) is to be freed by its table;
 * with Ctrl-C it is partial. resume_dir: the folder to go on in, NULL for a new one. 0 or negative
 * errno: -ENOENT an unknown gate or workload, -EALREADY nothing left to resume. */
int ab_run(const struct ab_options *o, const char *resume_dir, struct ab_result *result, struct error *err);

/* Of a result: done, NO-OP, INCONCLUSIVE, interrupted. */
enum exit_code ab_exit_code(const struct ab_result *result);

/* Whether short processes can run the workload with so many threads: -ENOENT, -EINVAL. */
int ab_check_workload(const struct ab_options *o, struct error *err);

/* ab_fill.c: a campaign's numbers into an object that fields_init has seen. */
int ab_fill_measured(const struct campaign *c, struct ab_measured *m, struct error *err);

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

/* ab_two.c: two libraries or two commands. */
struct ab_two {
  struct words side[2];
  uint32_t kind;
  bool pinned; /* commands: only where --threads was given */
};
int ab_two_open(const struct ab_options *o, struct ab_two *two, struct error *err);
void ab_two_free(struct ab_two *two);
ab_fill ab_two_fill;

/* ab_campaigns.c: a campaign in a folder of its own (subfolder NULL: the results folder itself).
 * What the pilot chose is kept beside it and taken up again, as are its samples. */
int ab_folder_campaign(struct campaign *c, struct campaign_spec *spec, struct results *parent, const char *subfolder,
                       struct results *own, struct error *err);
/* Threads, CPUs, workload, seed, budget of the options, for n threads. */
int ab_base_spec(const struct ab_options *o, unsigned threads, struct campaign_spec *spec, struct error *err);

#endif
