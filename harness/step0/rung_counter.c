/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_counter.c: the counter that the gate itself compiles in, read from the process's memory
 * just before its threads end (PTRACE_EVENT_EXIT), less what a forked child got from its parent. It
 * proves the code by its effect, at no cost for each hit. Only sites with a plain 8-byte counter. */
#include <stdlib.h>
#include <string.h>

#include "harness/step0/tracer.h"

struct counter_state {
  struct tracer tracer;
  uint64_t *variable; /* address of each point's counter in its object */
};

static uint64_t load(struct tracer *t, struct trace_thread *th, size_t i, bool *known) {
  struct counter_state *s = t->context;
  uint64_t value = 0, bias = th->space->address[i] - trace_point(t, i)->place.address;
  *known = th->space->address[i] != 0 && tracer_peek(th->tid, bias + s->variable[i % t->count], &value, sizeof value);
  return value;
}

static void on_forked(struct tracer *t, struct trace_thread *child) {
  bool known;
  for (size_t i = 0; i < child->space->places; i++) child->space->base_value[i] = load(t, child, i, &known);
}

/* Every thread that ends adds what its memory has gained: whichever is the last to end, the
 * process's leader or not, sees the final value, and a vfork child takes nothing twice. */
static void on_exiting(struct tracer *t, struct trace_thread *th) {
  bool known;
  if (th->space == NULL) return;
  for (size_t i = 0; i < th->space->places; i++) {
    uint64_t value = load(t, th, i, &known);
    if (!known) continue;
    trace_point(t, i)->hits += value - th->space->base_value[i];
    th->space->base_value[i] = value;
  }
}

static const struct tracer_callbacks callbacks = { .insert_breakpoints = false,
                                                   .forked = on_forked,
                                                   .exiting = on_exiting };

static void counter_detach(void *state) {
  struct counter_state *s = state;
  if (s == NULL) return;
  tracer_stop(&s->tracer);
  free(s->variable);
  free(s);
}

static int counter_attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                          struct rung_scope *scope, struct error *err) {
  struct counter_state *s = calloc(1, sizeof *s);
  *state = s;
  if (s == NULL || (s->variable = calloc(count, sizeof *s->variable)) == NULL)
    return error_set_errno(err, -ENOMEM, "built-in-counter");
  for (size_t i = 0; i < count; i++) {
    uint64_t size;
    points[i].hits = 0;
    if (points[i].counter == NULL)
      return error_raise(err, ERROR_REFUSED, -ENOTSUP, "built-in-counter: a place has no counter of its own");
    int rc = elf_object_data(points[i].object, points[i].counter, &s->variable[i], &size, err);
    if (rc != 0) return rc;
    if (size != sizeof(uint64_t))
      return error_raise(err, ERROR_REFUSED, -ENOTSUP, "built-in-counter: %s is not one plain counter",
                         points[i].counter);
  }
  scope->blind_before = true;
  strcpy(scope->text, "the process and what it forks; not what a process did before it called execve");
  return tracer_start(&s->tracer, points, count, target, &callbacks, s, scope, err);
}

static int counter_follow(void *state, const struct probe_target *target, bool (*enough)(void *), void *context,
                          bool *ended, int *status, struct error *err) {
  struct counter_state *s = state;
  return tracer_follow(&s->tracer, target, enough, context, ended, status, err);
}

static int counter_read(void *state, struct error *err) {
  struct counter_state *s = state;
  (void)err;
  for (size_t i = 0; i < s->tracer.count; i++) s->tracer.points[i].measured = true;
  return 0;
}

const struct rung rung_counter = {
  .name = "built-in-counter",
  .need = NEED_PTRACE,
  .sites_only = true,
  .attach = counter_attach,
  .follow = counter_follow,
  .read = counter_read,
  .detach = counter_detach,
};
