/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measured.h: what Step 0 and bench have measured before, from their results folders. */
#ifndef HARNESS_AUDIT_MEASURED_H
#define HARNESS_AUDIT_MEASURED_H

#include <stddef.h>

#include "harness/audit/audit.h"

struct measured_gate {
  char *gate;
  double hits_per_op;
  char *folder; /* name of the results folder */
};

struct measured {
  struct measured_gate *gate;
  size_t count;
  double ns_per_op; /* of the newest bench of random_mixed with HAKMEM, NaN: none */
  char *bench_folder;
};

/* The newest value for each gate in DIR/…-verify-… and the newest DIR/…-bench-…; an unreadable or
 * missing folder is as an empty one. Partial results do not count. */
void measured_load(struct measured *m, const char *dir);
const struct measured_gate *measured_find(const struct measured *m, const char *gate);
void measured_free(struct measured *m);

/* HOT from 0.1 executions an operation, WARM from 1e-4, else COLD. */
const char *measured_path(double hits_per_op);
/* Rows that change a counter behind a measured gate get its executions. */
void measured_apply(const struct measured *m, struct audit_result *result);

#endif
