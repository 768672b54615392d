/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_result.h: what `ab` found, as it is printed, kept as result.json and kept in records.
 *
 * Plain structs with one table each (fields.h); ab/ fills them, phase/, report/ and cmd/ read them.
 * Side 0, "out", is the variant compiled out, or a; side 1, "in", the one compiled in, or b. */
#ifndef HARNESS_DATA_AB_RESULT_H
#define HARNESS_DATA_AB_RESULT_H

#include "harness/core/fields.h"
#include "harness/core/machine.h"
#include "harness/data/arm_result.h"
#include "harness/data/calibration_result.h"
#include "harness/data/classes.h"
#include "harness/data/estimate_table.h"
#include "harness/data/pairs.h"
#include "harness/data/stats.h"
#include "harness/data/verdict.h"

struct pack_member {
  uint64_t absent;
  char *name;
  int64_t bytes;
  char *sha256;
};

/* A pack as a whole (fleet/pack.h): in `ab --pack`, `pack` and `fleet`. */
struct pack_summary {
  uint64_t absent;
  char *file; /* a path of this machine */
  char *hash; /* SHA-256 of the file */
  int64_t bytes;
  char *glibc; /* the version that its programs ask for; NULL: none does */
  LIST_OF(struct pack_member) members;
};
extern const struct field_table pack_member_fields, pack_summary_fields;

struct ab_site {
  uint64_t absent;
  char *name;
  enum step0_verdict verdict;
  int64_t hits;
  double hits_per_op;
};

struct ab_step0 {
  uint64_t absent;
  LIST_OF(struct ab_site) per_site;
  double hits_per_op; /* of all sites that ran; NaN where none did */
  enum step0_verdict verdict;
  enum step0_decision decision;
  enum answer marked_equals_timed;
  LIST_OF(char *) functions_that_differ;
  char *method, *object_hash;
  int64_t ops;
  char *workload;
  char *status; /* for people */
};
extern const struct field_table ab_step0_fields;
enum { AB_STEP0_RUN = FIELD_GROUP_1 }; /* all but decision and status: where it was done */

struct ab_gate_class {
  uint64_t absent;
  char *name;
  enum audit_class class;
  char *source;
};

struct ab_step1 {
  uint64_t absent;
  enum audit_class class;
  char *source;
  LIST_OF(struct ab_gate_class) gates;
};
extern const struct field_table ab_step1_fields;

/* What both variants are made of; build.json, for --resume, is one by itself. */
struct ab_build {
  uint64_t absent;
  LIST_OF(char *) gates;
  char *object_hash[2], *image[2];
  LIST_OF(char *) functions_that_differ;
  LIST_OF(char *) data_that_differs;
};
extern const struct field_table ab_build_fields;

struct ab_sides {
  uint64_t absent;
  double side[2];
};

/* For each operation, of a command: for each process. */
struct ab_counters {
  uint64_t absent;
  struct ab_sides cycles, instructions, cache_misses, branch_misses, page_faults, context_switches,
      involuntary_switches, migrations;
  char *hardware_reason; /* why there are no hardware counters */
};
extern const struct field_table ab_counters_fields;
/* One counter of those that are recorded, by index; false where there are no more. */
struct ab_counter {
  const char *name;
  const struct ab_sides *sides;
};
bool ab_counters_at(const struct ab_counters *c, size_t *index, struct ab_counter *one);

struct ab_control {
  uint64_t absent;
  struct estimate e;
  int64_t pairs;
};

/* What is known of other hardware threads on the core. */
struct ab_core {
  uint64_t absent;
  enum pairs_core state;
  double alone_pct;
  int64_t pairs_left_out;
  double width_alone;
  struct estimate left_out_gain_pct;
  char *reason; /* why nothing is known */
};

/* The gain at one end of the core's width (core_model.h). */
struct ab_end {
  uint64_t absent;
  struct estimate e;
  int64_t pairs;
  double width; /* times that of the core alone */
  enum verdict verdict;
};
struct ab_ends {
  uint64_t absent;
  struct ab_end alone, shared;
};

struct ab_look {
  uint64_t absent;
  double pairs, alpha;
};

/* One campaign. */
struct ab_measured {
  enum verdict verdict;
  char *reason;
  double needed_s;
  struct estimate gain_pct, mean_gain_pct;
  int64_t layouts;
  char *layout_sampling;
  int64_t pairs;
  double elapsed_s, budget_s;
  enum answer stopped_early;
  struct ab_control control;
  int64_t threads, rounds, round_ops;
  enum answer take_turns; /* more threads than CPUs: ns_per_op is that of all of them together */
  struct ab_sides ns_per_op;
  struct ab_counters *counters;
  double disturbed_pct;
  struct ab_core core;
  struct ab_ends ends;
  double steal_pct;
  double throttled_pct; /* of the time that a CPU quota stopped our control group; unknown where there is none */
  double others_pct;    /* of the machine's CPU time, by other processes, where a command is measured */
  double waiting_pct;   /* of the time in which somebody waited for a CPU, the same */
  int64_t strays;       /* processes that commands left behind; unknown where there were none */
  LIST_OF(struct ab_look) looks;
  enum answer partial;
};

struct ab_threads { /* a campaign with another number of threads */
  uint64_t absent;
  struct ab_measured m;
  double margin_pct;
};
extern const struct field_table ab_threads_fields;

struct ab_part { /* direct_pct, layout_pct: a campaign beside the gain */
  uint64_t absent;
  struct estimate e;
  struct estimate control;
  double disturbed_pct, elapsed_s;
  enum pairs_core core_state;
};

struct ab_toggles {
  uint64_t absent;
  int64_t found, toggled;
};

/* A line of somebody's sources that a gate adds, changes or gives code to. */
struct ab_gated_line {
  uint64_t absent;
  char *file;
  int64_t line;
  char *by; /* diff, text, code: how it was found */
  enum answer has_code, executed;
};

/* Somebody's project, and what its gate changes; the key "subject" in place of a text. */
struct ab_project_subject {
  uint64_t absent;
  char *project, *gate, *workload, *image, *clock, *user_class; /* image: where the gate is looked for */
  char *elsewhere; /* where else the gate is, or may be, and is not looked for; NULL: nowhere */
  int64_t functions;
  LIST_OF(char *) functions_differ, only_in, only_out, data, lost;
  enum answer identical, data_only;
  int64_t lines_with_code;
  LIST_OF(struct ab_gated_line) lines;
};
extern const struct field_table ab_project_subject_fields;

/* The trace that was replayed. */
struct ab_trace {
  uint64_t absent;
  char *file, *sha256;
  int64_t events, threads;
};
extern const struct field_table ab_trace_fields;

/* `ab --against`: where side a comes from. */
struct ab_baseline {
  uint64_t absent;
  char *name, *machine;
  enum answer same_machine, measured_anew;
  char *date;
  double ns_per_op_then; /* for people: never compared */
};
extern const struct field_table ab_baseline_fields;

/* baseline.json: what `ab --save` keeps. */
struct ab_baseline_file {
  uint64_t absent;
  char *command, *library; /* one of them */
  char *sha256;            /* of the program or library; NULL: the C library's malloc */
  char *workload;
  char *trace_sha256; /* of the workload replay:FILE */
  double ns_per_op;
  char *date;
  struct machine_key machine;
};
extern const struct field_table ab_baseline_file_fields;

enum ab_protocol { AB_PAIRED, AB_SOURCE, AB_PROTOCOL_NONE };
extern const char *const ab_protocol_names[];

struct ab_result {
  uint64_t absent;
  char *subject; /* unknown where project is there and was read */
  struct ab_project_subject *project;
  enum ab_protocol protocol;
  char *workload;         /* NULL for commands */
  struct ab_trace *trace; /* of replay:FILE */
  char *side[2];          /* libraries or commands, NULL for gates */
  int64_t seed;
  double margin_pct;
  char *needs; /* a feature that was compiled into both sides, as the gate needs it */
  struct ab_build *build;
  struct ab_step1 *step1;
  struct ab_step0 *step0;
  struct ab_measured m;
  LIST_OF(struct ab_threads) by_threads; /* empty where there was one number of threads */
  int64_t runs_of_each;                  /* the source's protocol */
  struct ab_baseline *baseline;          /* NULL: none */
  LIST_OF(struct ab_arm) arms;           /* of any number of commands or libraries, with each two of them */
  LIST_OF(struct ab_arm_pair) arm_pairs;
  struct ab_sides insns_per_op;
  char *insns_reason;
  double expected_pct;
  char *expected_reason;
  struct ab_toggles toggles;
  char *direct_reason;
  struct ab_part direct_pct, layout_pct;
  char *decomposition;
  enum answer adds_up;
  struct calibration_quote *calibration;
  struct machine machine;
  struct pack_summary *pack; /* --pack: nothing was timed, this was written */
  char *results_dir;
};
extern const struct field_table ab_result_fields;
enum {
  AB_TIMED = FIELD_GROUP_1,      /* keys that are there where something was timed */
  AB_OF_GATES = FIELD_GROUP_2,   /* not there for two libraries or commands */
  AB_DECOMPOSED = FIELD_GROUP_3, /* decomposition, adds_up */
  AB_THREADS = FIELD_GROUP_4,    /* by_threads */
};

#endif
