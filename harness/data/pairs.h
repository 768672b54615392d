/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pairs.h: from processes to pairs, and from pairs to estimates.
 *
 * A pair is a baseline process and a research process with the same layout seed, operation
 * sequence and addresses, one right after the other. Its value is log time of the research minus
 * that of the baseline: positive where the baseline (compiled out, or a) is faster. */
#ifndef HARNESS_DATA_PAIRS_H
#define HARNESS_DATA_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/data/samples.h"
#include "harness/data/stats.h"

/* A pair is disturbed where the trim cannot take it out: more rounds of a process than it cuts off
 * at one end were hit by another process on its CPU or a migration, or the hypervisor took a fifth
 * of the pair's time. A hit or two in ten rounds is what the trim is for. */
#define PAIRS_HIT_MAX STATS_TRIM
#define PAIRS_STEAL_MAX 0.2

/* No verdict with fewer pairs: below, the winsorised t interval of skewed pairs is too short. */
#define PAIRS_MIN 40

struct pair {
  uint64_t index;
  enum sample_kind kind;
  double log_ns[2];         /* of its baseline and research process; NaN for live toggles */
  double value, mean_value; /* log(research) - log(baseline): of trimmed means, of ordinary means */
  bool disturbed;
  double width, narrowest; /* core_probe.h: the larger width of its processes, the smaller narrowest; 0: not known */
  double side_width[2];    /* of each process: the median of its rounds; 0: not known */
  double elapsed_s;        /* of the campaign at its end */
};

struct pairs {
  struct pair *pair;
  size_t count, room;
  size_t tests;
  double width_alone; /* of the core while it is alone; 0: not known, all pairs are used */
};

/* Which pairs an estimate is over. The width says nothing of the variant's time, so choosing by it
 * does not bias the difference. */
enum pairs_core {
  PAIRS_ALONE,     /* the core was ours alone for both processes; all where that is not known */
  PAIRS_SHARED,    /* all others */
  PAIRS_BOTH,      /* all; in results: what is said holds in both states */
  PAIRS_CORE_NONE, /* in results: not known, for it was not probed */
};
extern const char *const pairs_core_names[];

/* Both samples of one pair, in any order; incomplete ones are left out. check_hits: false for
 * commands, which may sleep and share their CPU with children of their own. */
int pairs_add(struct pairs *p, const struct sample *a, const struct sample *b, bool check_hits);
/* Of samples from a file, in the file's order. */
int pairs_of_samples(struct pairs *p, const struct sample *list, size_t count, bool check_hits);
/* Live toggle: one process is a pair of its own, its value that of its couples of rounds. */
int pairs_add_toggle(struct pairs *p, const struct sample *s);
int pairs_of_toggles(struct pairs *p, const struct sample *list, size_t count);
void pairs_free(struct pairs *p);

/* pairs_core.c: takes the narrowest probes, or `known` (the machine's, 0: not known) where that is
 * narrower, as the width of the core alone; 0 where no pair was probed, whatever is known of the machine.
 * Call it before each estimate. */
void pairs_find_alone(struct pairs *p, double known);
bool pairs_in(const struct pairs *p, const struct pair *q, enum pairs_core core);
/* PAIRS_SHARED where too few tests for an interval had the core alone, and more had not. */
enum pairs_core pairs_mostly(const struct pairs *p);
size_t pairs_used(const struct pairs *p, enum sample_kind kind, enum pairs_core core);
/* In percent of the pairs of both kinds; NaN where the width is not known. */
double pairs_alone_pct(const struct pairs *p);

/* Trimmed mean over pairs of this kind, in log time, with its interval of error alpha (block_fit.h). */
struct estimate pairs_trimmed(const struct pairs *p, enum sample_kind kind, enum pairs_core core, double alpha);
/* Ordinary mean of the ordinary means, Student's interval. */
struct estimate pairs_mean(const struct pairs *p, enum sample_kind kind, enum pairs_core core, double alpha);
/* Geometric mean of the time of an operation of one side's processes; NaN where there is none. */
double pairs_ns(const struct pairs *p, enum pairs_core core, unsigned side);
/* In percent of these pairs; NaN where there is none. */
double pairs_disturbed_pct(const struct pairs *p, enum pairs_core core);

#endif
