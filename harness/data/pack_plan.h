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

/* What a project's workload finds in the folder that it runs in; members by side, where both are the same file one. */
struct pack_beside {
  uint64_t absent;
  char *name, *member[2];
};
extern const struct field_table pack_beside_fields;

struct pack_image {
  uint64_t absent;
  char *name;   /* of its file */
  char *soname; /* what a library is asked for by; NULL: by that */
  char *proof;  /* member: with the gate, as the linker likes it, with debug information, for Step 0 */
};
extern const struct field_table pack_image_fields;

/* Somebody's project, a gate of it, both ways. */
struct pack_project {
  uint64_t absent;
  struct ab_project_subject subject; /* as the machine found it that made the pack */
  char *root;                        /* of the names of sources in the images' line tables */
  LIST_OF(struct pack_image) images; /* the first is @image@ */
  int64_t layouts;                   /* pairs of images, linked in that many orders */
  char *fixed_reason;                /* why it is one, as linked by the build; NULL: it is not */
  LIST_OF(char *) words;             /* of hakmem-project-run, without folders and files */
  char *input;                       /* member; NULL: no stdin */
  LIST_OF(struct pack_beside) files;
  LIST_OF(char *) needs; /* programs that are not in it */
};
extern const struct field_table pack_project_fields;

enum pack_kind { PACK_GATES, PACK_LIBRARIES, PACK_COMMANDS, PACK_PROJECT, PACK_KIND_NONE };
extern const char *const pack_kind_names[];

/* The plan. Side 0 is out or a, side 1 in or b. */
struct pack_plan {
  uint64_t absent;
  enum pack_kind kind;
  char *subject;
  LIST_OF(char *) gates;
  struct pack_project *project;
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
  int64_t layouts; /* of a project: that many came with the pack; else unknown: each pair draws its own */
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
  int64_t layouts; /* as in pack_result */
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
  struct verdict_company company; /* not known: of a version that did not say */
  char *sha256;                   /* of all lines before this one */
};
extern const struct field_table pack_end_fields;

#endif
