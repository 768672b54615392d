/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit.h: Step 1: every atomic of a C program, with a class and a witness for it.
 *
 * The program is compiled to LLVM bitcode with debug locations, linked as a whole, and each value
 * that an atomic yields is followed to its uses. The three classes, best first:
 *   TELEMETRY    nothing but logging and other telemetry depends on it: it may be compiled out
 *   UNKNOWN      the analysis could not follow it; a person has to look
 *   CORRECTNESS  the program's behaviour depends on it
 * Doubt never ends in TELEMETRY. */
#ifndef HARNESS_AUDIT_AUDIT_H
#define HARNESS_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"
#include "harness/data/classes.h"

/* One step of a witness path. */
struct audit_step {
  char *file;
  unsigned line;
  char *what;
};

struct audit_row {
  char *file; /* as compiled, made relative to the root where it lies beneath it */
  unsigned line, column;
  char *function;   /* of the source, before inlining */
  char *variable;   /* global, global.field, struct.field, or (fence) */
  char *location;   /* the same without the global: type and field, what the class is of */
  char *op, *order; /* load, store, add, cas, asm…; relaxed … seq_cst */
  enum audit_class cls;
  char *reason; /* a sentence without full stop */
  struct audit_step *steps;
  size_t step_count;
  struct audit_step *calls; /* of an inlined helper: where it is called; what: the calling function */
  size_t call_count;
  bool barrier_risk;            /* ordered, in a function that also touches CORRECTNESS atomics */
  const char *path;             /* HOT, WARM, COLD */
  char *path_source;            /* "measured …" or "call distance …" */
  double hits_per_op;           /* NaN where not measured */
  char *env_name, *env_default; /* NULL: no gate, or default not known */
  char *compile_gate;           /* the #if conditions joined by " && ", NULL: none */
};

struct audit_unit {
  char *file;
  char *failure; /* NULL: compiled */
};

struct audit_result {
  struct audit_row *rows;
  size_t row_count;
  struct audit_unit *units;
  size_t unit_count, failed_count;
  char **notes; /* what limits the result, in sentences */
  size_t note_count;
  bool complete; /* rule 0: all units compiled, no project function undefined */
  double seconds;
};

/* A compile, as the driver was told it: words[0] is its name. */
struct audit_source {
  const char *directory, *file;
  char *const *words;
  size_t count;
};

struct audit_options {
  const struct audit_source *source; /* these, shown relative to dir; sources 0: see below */
  size_t sources;
  const char *dir;              /* project or folder of bitcode; NULL: HAKMEM's own build */
  const char *compile_commands; /* file; NULL: dir/compile_commands.json */
  char *const *sinks;           /* further functions that only report; NULL-terminated, may be NULL */
  bool all_gates;               /* own build: every telemetry gate on, whatever this build has */
  char *const *features;        /* own build: names of feature gates to have on; NULL-terminated, may be NULL */
};

/* 0 with *result filled (audit_free), or negative errno: -ENOTSUP built without LLVM, -ENOENT no
 * compile commands, -ENOEXEC clang is missing, -EINVAL nothing in it compiles. */
int audit_run(const struct audit_options *options, struct audit_result *result, struct error *err);
void audit_free(struct audit_result *result);

const char *audit_class_name(enum audit_class cls);
/* Rows of a class. */
size_t audit_count(const struct audit_result *result, enum audit_class cls);
/* Whether a TELEMETRY row can be switched off when compiling. */
bool audit_is_gated(const struct audit_row *row);
/* Whether its #if conditions compile it in where the macro `flag` is 1. */
bool audit_is_behind(const struct audit_row *row, const char *flag);

/* The class of a gate's atomics in HAKMEM with all telemetry compiled in, the worst of them;
 * reason: a sentence naming the deciding atomic. -ENOENT: unknown gate, or no atomic stands behind
 * it; otherwise as audit_run. */
int audit_class_of_gate(const char *gate_name, enum audit_class *cls, char *reason, size_t size, struct error *err);

#endif
