/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classes.c: see classes.h. */
#include "harness/data/classes.h"

#include <stddef.h>

const char *const step0_verdict_names[] = { "EXECUTED", "NOT_EXECUTED", "ENV_GATED", "COMPILED_OUT",
                                            "NO_SITE",  "INCONCLUSIVE", NULL };
const char *const step0_decision_names[] = { "PROCEED", "SKIP", NULL };
const char *const audit_class_names[] = { "TELEMETRY", "UNKNOWN", "CORRECTNESS", "FEATURE", NULL };
const char *const code_path_names[] = { "HOT", "WARM", "COLD", NULL };
