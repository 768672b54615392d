/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_plan.h: what a pack says of itself (its member pack.json), what `pack` prints, and the first and the last
 * line of a result that a pack was run for. The pairs between these two are fleet/pack_log.h's. */
#ifndef HARNESS_DATA_PACK_PLAN_H
#define HARNESS_DATA_PACK_PLAN_H

#include "harness/data/ab_result.h"

/* A word of a command line: text as it is, or the name of a member, which becomes its path where it was unpacked. */
struct pack_word {
  uint64_t absent;
  char *text;
  enum answer member;
};
extern const struct field_table pack_word_fields;

enum pack_kind { PACK_GATES, PACK_LIBRARIES, PACK_COMMANDS, PACK_KIND_NONE };
extern const char *const pack_kind_names[];

/* The plan. Side 0 is out or a, side 1 in or b. */
struct pack_plan {
  uint64_t absent;
  enum pack_kind kind;
  char *subject;
  LIST_OF(char *) gates;
  char *side[2];                      /* libraries or commands as they were named */
  char *arch, *harness;               /* machine and version that it was made for and by */
  int64_t protocol;                   /* of the runner, runner/protocol.h */
  LIST_OF(struct pack_word) words[2]; /* of libraries: none; of commands: the command line */
  char *workload;
  int64_t threads;
  enum answer pinned; /* commands: only where --threads was given */
  int64_t slots, seed;
  double budget_s, margin_pct, level, timeout_s;
  LIST_OF(char *) env;
  struct ab_step1 *step1; /* as the machine found it that made the pack */
  struct ab_step0 *step0;
  struct ab_build *build;
  LIST_OF(struct pack_member) members; /* all others of the archive */
};
extern const struct field_table pack_plan_fields;

/* `pack show` and `pack run`. */
enum pack_action { PACK_SHOW, PACK_RUN };
extern const char *const pack_action_names[];
struct pack_result {
  uint64_t absent;
  enum pack_action action;
  struct pack_summary pack;
  enum pack_kind kind;
  char *subject, *arch, *workload;
  int64_t threads;
  double margin_pct;
  enum answer trusted; /* this hash was given, confirmed, or made here before */
  /* of a run */
  struct ab_measured m;
  struct ab_step0 *step0;
  struct machine machine;
  char *result_file; /* the lines */
  char *results_dir;
};
extern const struct field_table pack_result_fields;
enum { PACK_RAN = FIELD_GROUP_1 }; /* keys of a run */

/* First line of a result. */
struct pack_head {
  uint64_t absent;
  char *pack; /* hash */
  char *run;  /* random: two results of one run are one */
  char *node, *date;
  char *subject;
  double margin_pct, level;
  int64_t seed;
  struct machine machine;
  struct ab_step0 *step0; /* of this machine; NULL: of libraries and commands */
};
extern const struct field_table pack_head_fields;

/* Last line. */
struct pack_end {
  uint64_t absent;
  int64_t pairs;
  enum verdict verdict;
  char *reason;
  struct estimate gain_pct;
  double width_alone;
  double elapsed_s;
  enum answer partial;
  char *sha256; /* of all lines before this one */
};
extern const struct field_table pack_end_fields;

#endif
