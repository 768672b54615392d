/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_ptrace.c: software breakpoints by ptrace(2): works for an ordinary user on any kernel, at
 * 10 us a hit. */
#include <stdlib.h>
#include <string.h>

#include "harness/step0/tracer.h"

static const struct tracer_callbacks callbacks = { .insert_breakpoints = true };

static int ptrace_attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                         struct rung_scope *scope, struct error *err) {
  struct tracer *t = calloc(1, sizeof *t);
  *state = t;
  if (t == NULL) return error_set_errno(err, -ENOMEM, "ptrace-int3");
  for (size_t i = 0; i < count; i++) points[i].hits = 0;
  strcpy(scope->text, "the process, its threads, and all that it starts");
  return tracer_start(t, points, count, target, &callbacks, NULL, scope, err);
}

static int ptrace_follow(void *state, const struct probe_target *target, bool (*enough)(void *), void *context,
                         bool *ended, int *status, struct error *err) {
  return tracer_follow(state, target, enough, context, ended, status, err);
}

static int ptrace_read(void *state, struct error *err) {
  struct tracer *t = state;
  (void)err;
  for (size_t i = 0; i < t->count; i++) t->points[i].measured = true;
  return 0;
}

static void ptrace_detach(void *state) {
  if (state == NULL) return;
  tracer_stop(state);
  free(state);
}

const struct rung rung_ptrace = {
  .name = "ptrace-int3",
  .need = NEED_PTRACE,
  .attach = ptrace_attach,
  .follow = ptrace_follow,
  .read = ptrace_read,
  .detach = ptrace_detach,
};
