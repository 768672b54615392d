/* SPDX-License-Identifier: GPL-3.0-or-later */
/* candidates.c: candidates.h. */
#include "harness/audit/candidates.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/audit/measured.h"
#include "harness/core/progress.h"
#include "harness/core/registry.h"

/* The least of several short runs. */
double candidates_atomic_ns(void) {
  enum { ROUNDS = 7, ADDS = 200000 };
  static uint64_t counter;
  double best = INFINITY;
  for (int r = 0; r < ROUNDS; r++) {
    double start = clock_monotonic_s();
    for (int i = 0; i < ADDS; i++) __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);
    double ns = (clock_monotonic_s() - start) * 1e9 / ADDS;
    best = ns < best ? ns : best;
  }
  return best;
}

static void rank(struct candidate *c, enum audit_class cls, const struct measured_gate *hits, const struct gate *gate,
                 const struct candidates *all, const char *why) {
  int n;
  c->class_name = audit_class_name(cls);
  if (cls != AUDIT_TELEMETRY) {
    c->priority = "none";
    n = asprintf(
        &c->reason,
        cls == AUDIT_CORRECTNESS ? "Step 1: behaviour depends on it: %s" : "Step 1 cannot follow it; look at: %s", why);
  } else if (!hits) {
    c->priority = "unmeasured";
    n = asprintf(&c->reason, "not measured; the gate table expects %s: run `hakmem-harness verify %s`%s",
                 gate_path_name(gate->path), gate->name, gate->compiled ? "" : " in a build that has it");
  } else {
    const char *path = measured_path(hits->hits_per_op);
    c->hits_per_op = hits->hits_per_op;
    c->expected_pct = hits->hits_per_op * all->atomic_ns / all->ns_per_op * 100;
    c->priority = hits->hits_per_op <= 0      ? "none"
                  : strcmp(path, "HOT") == 0  ? "high"
                  : strcmp(path, "WARM") == 0 ? "medium"
                                              : "low";
    n = asprintf(&c->reason, hits->hits_per_op <= 0 ? "Step 0: never executed (%s; %s)" : "%s, measured in %s",
                 hits->hits_per_op <= 0 ? hits->folder : path, hits->hits_per_op <= 0 ? path : hits->folder);
  }
  if (n < 0) c->reason = NULL;
}

/* Where nothing is measured: by where the gate table expects the site, then as it lists them. */
static int expected_order(enum gate_path path, size_t index) { return (int)path * 1000 + (int)index; }

static int weight(const struct candidate *c) {
  static const char *const order[] = { "high", "unmeasured", "medium", "low", "none" };
  int i = 0;
  while (i < 4 && strcmp(order[i], c->priority) != 0) i++;
  return i;
}

static int best_first(const void *a, const void *b) {
  const struct candidate *x = a, *y = b;
  int d = weight(x) - weight(y);
  if (d == 0 && x->hits_per_op == x->hits_per_op && y->hits_per_op == y->hits_per_op) /* both measured */
    d = x->hits_per_op > y->hits_per_op ? -1 : x->hits_per_op < y->hits_per_op;
  else if (d == 0 && x->expected_pct == x->expected_pct && y->expected_pct == y->expected_pct)
    d = x->expected_pct > y->expected_pct ? -1 : x->expected_pct < y->expected_pct;
  return d ? d : x->order - y->order;
}

int candidates_make(struct candidates *c, const char *results_dir, struct error *err) {
  struct measured m;
  memset(c, 0, sizeof *c);
  measured_load(&m, results_dir);
  c->ns_per_op = m.ns_per_op;
  c->atomic_ns = candidates_atomic_ns();
  c->item = calloc(registry_count() + 1, sizeof *c->item);
  int rc = c->item ? 0 : error_raise(err, ERROR_INTERNAL, -ENOMEM, "candidates: out of memory");
  for (size_t g = 0; rc == 0 && g < registry_count(); g++) {
    const struct gate *gate = registry_gate(g);
    if (gate->class != GATE_TELEMETRY) continue;
    struct candidate *n = &c->item[c->count];
    *n = (struct candidate){
      .site = gate->name, .order = expected_order(gate->path, g), .hits_per_op = NAN, .expected_pct = NAN
    };
    enum audit_class cls;
    char why[600];
    rc = audit_class_of_gate(gate->name, &cls, why, sizeof why, err);
    if (rc == -ENOENT) {
      n->priority = "none";
      n->reason = strdup(err->text);
      error_clear(err);
      rc = 0;
    } else if (rc == 0) rank(n, cls, measured_find(&m, gate->name), gate, c, why);
    c->count += rc == 0;
  }
  measured_free(&m);
  if (rc) candidates_free(c);
  else candidates_rank(c);
  return rc;
}

void candidates_rank(struct candidates *c) { qsort(c->item, c->count, sizeof *c->item, best_first); }

void candidates_free(struct candidates *c) {
  for (size_t i = 0; i < c->count; i++) free(c->item[i].reason);
  free(c->item);
  memset(c, 0, sizeof *c);
}
