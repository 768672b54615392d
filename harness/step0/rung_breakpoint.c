/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_breakpoint.c: the CPU's debug registers: four places, nothing written into the target's code except
 * at the dynamic linker. The target is followed by ptrace, and each hit stops it as a breakpoint does.
 * (perf_event_open offers them, too; but an inherited event counts on in children that have unloaded the
 * object, and one that is closed leaves traps on their way that kill the target.) */
#include <stdlib.h>
#include <string.h>

#include "harness/step0/tracer.h"

enum { SLOTS = 4 };

static const struct tracer_callbacks callbacks = { .registers = true };

static int breakpoint_attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                             struct rung_scope *scope, struct error *err) {
  struct tracer *t = calloc(1, sizeof *t);
  *state = t;
  if (t == NULL) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "hw-breakpoint: no memory");
#if !defined __x86_64__
  return error_raise(err, ERROR_REFUSED, -ENOTSUP, "hw-breakpoint: used on x86-64 alone");
#endif
  if (count > SLOTS)
    return error_raise(err, ERROR_REFUSED, -ENOSPC, "hw-breakpoint: %zu places, and a CPU has %d debug registers",
                       count, SLOTS);
  if (!trace_registers_work())
    return error_raise(err, ERROR_REFUSED, -ENODEV,
                       "hw-breakpoint: the debug registers of this machine can be set and do not trap");
  for (size_t i = 0; i < count; i++) points[i].hits = 0;
  strcpy(scope->text, "the process, its threads, and all that it starts");
  return tracer_start(t, points, count, target, &callbacks, NULL, scope, err);
}

static int breakpoint_follow(void *state, const struct probe_target *target, bool (*enough)(void *), void *context,
                             bool *ended, int *status, struct error *err) {
  return tracer_follow(state, target, enough, context, ended, status, err);
}

static int breakpoint_read(void *state, struct error *err) {
  struct tracer *t = state;
  (void)err;
  for (size_t i = 0; i < t->count; i++) t->points[i].measured = i < t->registers_end;
  return 0;
}

static void breakpoint_detach(void *state) {
  if (state == NULL) return;
  tracer_stop(state);
  free(state);
}

const struct rung rung_breakpoint = {
  .name = "hw-breakpoint",
  .need = NEED_PTRACE,
  .slots = SLOTS,
  .attach = breakpoint_attach,
  .follow = breakpoint_follow,
  .read = breakpoint_read,
  .detach = breakpoint_detach,
};
