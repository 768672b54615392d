/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rung_kept.c: the rungs that need root, as the harness sees them where sudo started it: each step is
 * a request to the keeper, which does it (harness/keeper/keeper_rungs.c). */
#include <stdlib.h>
#include <string.h>

#include "harness/core/privilege.h"
#include "harness/step0/rung.h"

struct kept_state {
  int32_t handle;
  enum privilege_rung rung;
  struct probe_point *points;
  size_t count;
  uint64_t *hits;
};

static int failed(const struct privilege_answer *a, struct error *err) {
  if (a->error.code != 0) {
    if (err != NULL) *err = a->error;
    return a->value;
  }
  return error_set_errno(err, a->value, "the privileged helper");
}

static int prepare(enum privilege_rung rung, void **state, struct error *err) {
  struct privilege_request r = { .op = PRIVILEGE_RUNG_PREPARE, .rung = { .rung = rung } };
  struct privilege_answer a;
  struct kept_state *s = calloc(1, sizeof *s);
  *state = NULL;
  if (s == NULL) return error_set_errno(err, -ENOMEM, "probes");
  s->rung = rung;
  s->handle = privilege_ask(&r, NULL, 0, NULL, 0, &a, NULL, 0, NULL);
  if (s->handle < 0) {
    free(s);
    return failed(&a, err);
  }
  *state = s;
  return 0;
}

static int prepare_bpf(void **state, struct error *err) { return prepare(PRIVILEGE_RUNG_BPF, state, err); }
static int prepare_perf(void **state, struct error *err) { return prepare(PRIVILEGE_RUNG_PERF, state, err); }
static int prepare_tracefs(void **state, struct error *err) { return prepare(PRIVILEGE_RUNG_TRACEFS, state, err); }

/* The place of an object's descriptor among those that are sent; -1: no room. */
static int file_of(const struct elf_object *object, int *fds, size_t *count) {
  for (size_t i = 0; i < *count; i++)
    if (fds[i] == object->fd) return (int)i;
  if (*count == PRIVILEGE_FDS_MAX) return -1;
  fds[*count] = object->fd;
  return (int)(*count)++;
}

static int attach(void **state, struct probe_point *points, size_t count, const struct probe_target *target,
                  struct rung_scope *scope, struct error *err) {
  struct kept_state *s = *state;
  struct privilege_request r = {
    .op = PRIVILEGE_RUNG_ATTACH,
    .attach = { .handle = s->handle, .pid = target->pid, .attached = target->attached, .count = (uint32_t)count }
  };
  struct privilege_answer a;
  int fds[PRIVILEGE_FDS_MAX], rc = 0;
  size_t fd_count = 0;
  if (count > PRIVILEGE_POINTS_MAX)
    return error_raise(err, ERROR_UNMEASURED, -E2BIG, "%zu places are more than %d", count, PRIVILEGE_POINTS_MAX);
  struct privilege_point *sent = calloc(count, sizeof *sent);
  s->points = points;
  s->count = count;
  s->hits = calloc(count, sizeof *s->hits);
  if (sent == NULL || s->hits == NULL) rc = error_set_errno(err, -ENOMEM, "probes");
  for (size_t i = 0; i < count && rc == 0; i++) {
    int file = file_of(points[i].object, fds, &fd_count);
    if (file < 0) rc = error_raise(err, ERROR_UNMEASURED, -E2BIG, "places in more than %d objects", PRIVILEGE_FDS_MAX);
    else
      sent[i] = (struct privilege_point){ points[i].place.offset, points[i].place.semaphore_offset, (uint32_t)file, 0 };
  }
  if (rc == 0 && privilege_ask(&r, sent, count * sizeof *sent, fds, fd_count, &a, NULL, 0, NULL) < 0)
    rc = failed(&a, err);
  free(sent);
  if (rc != 0) return rc;
  a.scope.text[sizeof a.scope.text - 1] = '\0';
  if (s->rung == PRIVILEGE_RUNG_BPF && !target->attached)
    strcpy(scope->text, "the process, its threads, and all that it starts");
  else strcpy(scope->text, a.scope.text);
  scope->whole_machine = a.scope.whole_machine != 0;
  return 0;
}
_Static_assert((size_t)PRIVILEGE_SCOPE_MAX <= sizeof((struct rung_scope *)0)->text, "a scope fits");

static int read_counts(void *state, struct error *err) {
  struct kept_state *s = state;
  struct privilege_request r = { .op = PRIVILEGE_RUNG_READ, .rung = { .handle = s->handle } };
  struct privilege_answer a;
  int rc = privilege_ask(&r, NULL, 0, NULL, 0, &a, s->hits, s->count * sizeof *s->hits, NULL);
  if (rc < 0) return failed(&a, err);
  if (a.count != s->count)
    return error_raise(err, ERROR_INTERNAL, -EPROTO, "the privileged helper answers %u counts", a.count);
  for (size_t i = 0; i < s->count; i++) {
    s->points[i].measured = s->hits[i] != UINT64_MAX;
    if (s->points[i].measured) s->points[i].hits = s->hits[i];
  }
  return 0;
}

static void detach(void *state) {
  struct kept_state *s = state;
  struct privilege_answer a;
  if (s == NULL) return;
  struct privilege_request r = { .op = PRIVILEGE_RUNG_DETACH, .rung = { .handle = s->handle } };
  privilege_ask(&r, NULL, 0, NULL, 0, &a, NULL, 0, NULL);
  free(s->hits);
  free(s);
}

#define KEPT(title, wants, prepare_it)                                                                        \
 {                                                                                                            \
  .name = title, .need = wants, .uprobe = true, .prepare = prepare_it, .attach = attach, .read = read_counts, \
  .detach = detach                                                                                            \
 }
static const struct rung kept[] = { KEPT("bpf-uprobe-multi", NEED_UPROBE_MULTI, prepare_bpf),
                                    KEPT("perf-uprobe", NEED_ROOT, prepare_perf),
                                    KEPT("tracefs-uprobe", NEED_ROOT, prepare_tracefs) };

const struct rung *rung_here(const struct rung *rung) {
  if (!privilege_kept()) return rung;
  return rung == &rung_bpf ? &kept[0] : rung == &rung_perf ? &kept[1] : rung == &rung_tracefs ? &kept[2] : rung;
}
