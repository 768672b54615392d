/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_audit.h: Step 1 of somebody's project: the audit of the build that was captured, whole or kept to the
 * atomics that a gate adds or changes. */
#ifndef HARNESS_AUDIT_PROJECT_AUDIT_H
#define HARNESS_AUDIT_PROJECT_AUDIT_H

#include <jansson.h>
#include <stdio.h>

#include "harness/audit/audit.h"
#include "harness/project/project_gated.h"

struct project_audit {
  struct audit_result result; /* with a gate: only the rows that stand on one of its lines, or are called from one */
  size_t all_rows;            /* of the whole program */
  struct project_gated gated; /* .gate NULL: none was asked for */
  bool nothing;               /* the gate changes nothing in the images: nothing was audited */
};

/* gate NULL: the whole program, as it is built without any. Units are those of the first image. */
int project_audit_run(struct project_audit *a, const char *file, const char *gate, const struct audit_options *options,
                      struct error *err);
void project_audit_free(struct project_audit *a);

/* Beside the audit's own answer: whose gate it is, what its owner says of it, the worst class of its atomics. */
json_t *project_audit_json(const struct project_audit *a);
void project_audit_print(FILE *out, const struct project_audit *a);

#endif
