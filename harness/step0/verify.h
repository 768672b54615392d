/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify.h: Step 0: does this gated code run at all in this workload, and how often?
 *
 * verify_run() is the whole of it: it reads the notes, starts the workload, arms the sites and
 * both controls on the best rung that is permitted, proves, counts and judges. cmd_verify.c and
 * the A/B engine are its callers. */
#ifndef HARNESS_STEP0_VERIFY_H
#define HARNESS_STEP0_VERIFY_H

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/build/variant_stage.h"
#include "harness/core/error.h"
#include "harness/core/registry.h"
#include "harness/data/classes.h"
#include "harness/step0/callers.h"
#include "harness/step0/rung.h"
#include "harness/trace/trace_facts.h"

const char *step0_verdict_name(enum step0_verdict v);
/* "PROCEED", "SKIP", or NULL. */
const char *step0_decision(enum step0_verdict v);

struct verify_request {
  /* what: gates of the table, or places of anybody's binary */
  const char *site;                                /* gate or function group; NULL with all or binary */
  bool all;                                        /* every gate of the library, or with binary every USDT note of it */
  const char *binary;                              /* --binary F */
  char *const *usdt, *const *symbol, *const *line; /* NULL-terminated, any of them with binary or pid; NULL: none */
  pid_t pid;                                       /* -p PID, 0: none */
  /* on what: a command, else the built-in workload */
  char *const *command;  /* NULL: the workload */
  const char *elsewhere; /* what is asked for may be there, too, where nobody looks; NULL: it is not */
  const char *workload;
  const struct trace_facts *trace; /* where the workload is replay:FILE; threads are then its */
  const char *threads;
  uint64_t slots, ops, seed; /* 0 slots or ops: defaults */
  const char *library;       /* HAKMEM to look into; NULL: the one of this build */
  const char *bench;         /* hakmem-bench to run it with; NULL: the same */
  const char *per;           /* --per SYMBOL: its executions are the operations of a command */
  unsigned runs;             /* of a command; 0: 1 */
  /* how */
  const char *method; /* NULL: the best rung permitted */
  bool proof_only;    /* stop counting after the proof; the command goes on at full speed */
  bool corroborate;   /* samples, callers, write watchpoint */
  char *const *env;   /* NAME=VALUE…, NULL-terminated; may be NULL */
  const char *user;
  double timeout_s;
  bool json; /* the workload's stdout goes to stderr */
  bool quiet;
};

enum point_role { POINT_SITE, POINT_SENTINEL, POINT_NEGATIVE, POINT_PER };

/* A place that is armed, once for each address, and what it counted. */
struct verify_tally {
  uint64_t hits, total, half_hits; /* of the last run; of all runs of a command; at half the operations */
  bool measured;
};
/* What a copy's count is made of. weight 0: tells that the code ran, and not how often. */
struct verify_term {
  size_t point;
  int weight;
};

enum copy_kind { COPY_PLACE, COPY_ENTRY, COPY_CLONE, COPY_PART, COPY_INLINED, COPY_IFUNC, COPY_LINE };

/* One function, inlined copy, note, or scope of a line. */
struct verify_copy {
  enum point_role role;
  enum copy_kind kind;
  size_t site; /* index, for POINT_SITE */
  struct verify_term *term;
  size_t terms;
  bool most;               /* rows of a line: the one that ran most often counts; else the sum */
  const char *inexact_why; /* NULL: not said */
  bool inexact;            /* its count is not how often it was entered */
  char twin[96];           /* function that has the same code: which of both ran is not told; "": none */
  /* from the tallies */
  uint64_t total, half_hits;
  bool measured, passed;        /* passed: some place of it ran */
  char function[96], file[160]; /* that it stands in; "" unknown */
  int line;                     /* 0: unknown */
};

struct verify_site {
  char name[256];
  const struct gate *gate; /* NULL for somebody else's binary */
  enum step0_verdict verdict;
  uint64_t hits;
  bool measured;
  double hits_per_op; /* NaN where there are no operations */
  size_t copies;
  bool env_off;          /* its ENV gate is off in this run */
  const char *env_value; /* value given, NULL: default */
  char reason[400];
  char near[256];  /* names like it, where it was not found */
  char files[256]; /* that a line's file name stands for, where they are several */
};

/* What there was to read, to arm or to see, and was not: of one site, or of all. */
struct verify_gap {
  size_t site; /* VERIFY_ALL_SITES */
  char what[96], why[240];
};
#define VERIFY_ALL_SITES SIZE_MAX

struct verify_refusal {
  char method[32], reason[400], advice[300];
  int code; /* negative errno */
};

enum { VERIFY_FUNCTIONS_MAX = 64 };

/* Samples of a run of its own: how many fell into the sites' functions, and who called them. */
struct verify_samples {
  bool taken, lost_known;
  char reason[768]; /* why not taken */
  const char *event;
  uint64_t period, lost;
  struct callers found;
  char function[VERIFY_FUNCTIONS_MAX][96]; /* that hold the sites */
  size_t functions;
};

struct verify_corroboration {
  bool watch_done; /* write watchpoint on the compiled-in counter */
  uint64_t watch_hits, watch_expected;
  char watch_reason[256];
  struct verify_samples *samples; /* NULL: not asked for */
};

enum { VERIFY_REFUSALS_MAX = 8, VERIFY_OBJECTS_MAX = 4, VERIFY_OTHERS_MAX = 32 };

/* Other processes that have a probed place mapped, just before it was armed. */
struct verify_others {
  struct {
    pid_t pid;
    char name[64];
    size_t object;
  } one[VERIFY_OTHERS_MAX];
  size_t count;  /* also of those that there was no room for */
  size_t unseen; /* processes whose memory we may not look at */
  bool looked;   /* false: the method reaches nobody else */
};

struct verify_result {
  enum step0_verdict verdict;
  char reason[512];
  const struct rung *rung; /* that counted; NULL: nothing was measured */
  struct rung_scope scope;
  struct verify_refusal refused[VERIFY_REFUSALS_MAX];
  size_t refusals;
  struct elf_object object[VERIFY_OBJECTS_MAX]; /* [0] holds the sites */
  size_t objects;
  bool private_copy;              /* the workload ran from copies that nobody else has mapped */
  char original[PATH_MAX];        /* whose copy object[0] is */
  struct variant_stage staged[2]; /* the library, what runs the workload */
  struct verify_others others;
  struct verify_site *site;
  size_t sites;
  struct verify_copy *copy;
  size_t copies;
  struct probe_point *point;
  struct verify_tally *tally; /* of each point */
  size_t points;
  struct verify_gap *gap;
  size_t gaps;
  bool counted; /* the figures below are those of a run that was counted */
  /* counting run */
  uint64_t hits, ops, allocs, frees, tiny_frees;
  bool counts_known; /* ops, allocs, frees: the built-in workload */
  bool ops_known;    /* also by --per */
  double hits_per_op;
  bool exact;
  uint64_t sentinel_hits, sentinel_expected;
  bool sentinel_armed, sentinel_exact, sentinel_fired;
  char sentinel_what[128];
  uint64_t negative_hits;
  bool negative_armed;
  char negative_what[128];
  double proof_ms; /* NaN: no proof run */
  uint64_t proof_hits;
  double count_s;      /* wall time of the counting runs */
  double slowdown_pct; /* of the workload by the proof; NaN: not measured */
  int child_status;
  bool child_ended, child_failed, partial;
  unsigned runs;
  struct verify_corroboration corroboration;
};

/* 0 where it was done, whatever the verdict; a negative errno with the reason where it was not. *res is
 * filled as far as it went and must be freed in any case. */
int verify_run(const struct verify_request *req, struct verify_result *res, struct error *err);
void verify_free(struct verify_result *res);
/* The object of CLI.md, without results_dir. */
json_t *verify_json(const struct verify_request *req, const struct verify_result *res);
void verify_print(FILE *out, const struct verify_request *req, const struct verify_result *res);
/* Is all known that there was to know of this site (VERIFY_ALL_SITES: of every one)? */
bool verify_complete(const struct verify_result *res, size_t site);
/* hits of every place, as CSV with a header. */
int verify_write_csv(FILE *out, const struct verify_result *res);

#endif
