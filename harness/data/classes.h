/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classes.h: the answers of Step 0 and Step 1 that results keep, as enums and as words. */
#ifndef HARNESS_DATA_CLASSES_H
#define HARNESS_DATA_CLASSES_H

enum step0_verdict {
  STEP0_EXECUTED,     /* decision PROCEED */
  STEP0_NOT_EXECUTED, /* the rest of them SKIP */
  STEP0_ENV_GATED,
  STEP0_COMPILED_OUT,
  STEP0_NO_SITE,
  STEP0_INCONCLUSIVE, /* no decision */
  STEP0_NONE,         /* it was not run */
};
extern const char *const step0_verdict_names[];

enum step0_decision { DECISION_PROCEED, DECISION_SKIP, DECISION_NONE };
extern const char *const step0_decision_names[];

/* Of an atomic, best first; of a gate, the worst of its atomics. */
enum audit_class {
  AUDIT_TELEMETRY,
  AUDIT_UNKNOWN,
  AUDIT_CORRECTNESS,
  AUDIT_FEATURE, /* of a gate that is no telemetry: what it does is lost with it */
  AUDIT_NONE,
};
extern const char *const audit_class_names[];

enum code_path { PATH_HOT, PATH_WARM, PATH_COLD, PATH_NONE };
extern const char *const code_path_names[];

#endif
