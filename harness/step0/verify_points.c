/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_points.c: what a plan is made of: objects, sites, copies, and the places that are armed, one for
 * each address. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/step0/code_flow.h"
#include "harness/step0/ptrace_arch.h"
#include "harness/step0/verify_internal.h"

int verify_add_object(struct verify_result *res, const char *path, size_t *index, struct error *err) {
  if (res->objects == VERIFY_OBJECTS_MAX) return error_raise(err, ERROR_USAGE, -E2BIG, "too many objects");
  struct elf_object *o = &res->object[res->objects];
  int rc = elf_object_open(o, path, err);
  if (rc != 0) return rc;
  *index = res->objects++;
  if (o->machine != ARCH_MACHINE) {
    rc = error_raise(err, ERROR_UNMEASURED, -ENOEXEC, "%s is for another architecture (ELF machine %d)", path,
                     o->machine);
    return error_advise(err, "verify it on a machine that runs it");
  }
  return 0;
}

/* Room for one more; list doubles. */
static void *grow(void *list, size_t count, size_t size) {
  if (count != 0 && (count & (count - 1)) != 0) return list;
  return reallocarray(list, count != 0 ? 2 * count : 1, size);
}

struct verify_site *verify_add_site(struct verify_result *res, const char *name, const struct gate *gate,
                                    struct error *err) {
  struct verify_site *s = grow(res->site, res->sites, sizeof *s);
  if (s == NULL) {
    error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for %zu sites", res->sites);
    return NULL;
  }
  res->site = s;
  s = &res->site[res->sites++];
  *s = (struct verify_site){ .gate = gate, .verdict = STEP0_INCONCLUSIVE, .hits_per_op = NAN };
  snprintf(s->name, sizeof s->name, "%s", name);
  return s;
}

struct verify_copy *verify_add_copy(struct verify_result *res, enum point_role role, size_t site, struct error *err) {
  struct verify_copy *c = grow(res->copy, res->copies, sizeof *c);
  if (c == NULL) {
    error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for %zu places", res->copies);
    return NULL;
  }
  res->copy = c;
  c = &res->copy[res->copies++];
  *c = (struct verify_copy){ .role = role, .site = site };
  if (role == POINT_SITE) res->site[site].copies++;
  return c;
}

struct neighbour {
  const struct elf_object *object;
  struct elf_place *place;
  struct insn *insn;
};

/* What a uprobe can sit on without harm. */
static bool carries_uprobe(void *context, uint64_t address) {
  struct neighbour *n = context;
  unsigned char code[16];
  struct error ignored = { 0 };
  uint64_t offset;
  if (!elf_object_offset(n->object, address, &offset)) return false;
  size_t size = elf_object_read(n->object, offset, code, sizeof code);
  if (insn_read(n->object->machine, code, size, address, n->insn, &ignored) != 0) return false;
  if (n->insn->no_uprobe || n->insn->rewritten) return false;
  n->place->address = address;
  n->place->offset = offset;
  return true;
}

static void find_neighbour(struct probe_point *p, const struct code_range *body, size_t bodies) {
  struct code_range own[4];
  struct code_flow flow;
  uint64_t found;
  if (bodies == 0) {
    bodies = elf_object_bodies(p->object, p->place.address, own, 4);
    body = own;
  }
  if (code_flow_read(p->object, body, bodies, &flow) != 0) return;
  p->moved = p->place; /* with its semaphore */
  struct neighbour n = { p->object, &p->moved, &p->moved_insn };
  p->has_moved = code_flow_neighbour(&flow, p->place.address, carries_uprobe, &n, &found);
  code_flow_free(&flow);
}

static int add_point(struct verify_result *res, size_t object, const struct elf_place *place,
                     const struct code_range *body, size_t bodies, size_t *index, struct error *err) {
  unsigned char code[16] = { 0 };
  for (size_t i = res->points; i-- > 0;) {
    const struct probe_point *p = &res->point[i];
    if (p->object != &res->object[object] || p->place.offset != place->offset) continue;
    if (p->place.semaphore_offset != place->semaphore_offset) continue;
    *index = i;
    return 0;
  }
  struct probe_point *p = grow(res->point, res->points, sizeof *p);
  if (p != NULL) res->point = p;
  struct verify_tally *t = grow(res->tally, res->points, sizeof *t);
  if (t != NULL) res->tally = t;
  if (p == NULL || t == NULL) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for %zu places", res->points);
  p = &res->point[res->points];
  res->tally[res->points] = (struct verify_tally){ .hits = 0 };
  *p = (struct probe_point){ .object = &res->object[object], .place = *place };
  size_t n = elf_object_read(p->object, place->offset, code, sizeof code);
  int rc = insn_read(p->object->machine, code, n, place->address, &p->insn, err);
  if (rc != 0) return error_prefix(err, "%s", p->object->path);
  p->moves = p->insn.no_uprobe || p->insn.rewritten;
  if (p->moves) find_neighbour(p, body, bodies);
  *index = res->points++;
  return 0;
}

int verify_add_term(struct verify_result *res, size_t object, const struct elf_place *place, int weight,
                    const struct code_range *body, size_t bodies, struct error *err) {
  struct verify_copy *c = &res->copy[res->copies - 1];
  size_t point = 0;
  int rc = add_point(res, object, place, body, bodies, &point, err);
  if (rc != 0) return rc;
  for (size_t i = 0; i < c->terms; i++)
    if (c->term[i].point == point && c->term[i].weight == weight) return 0;
  struct verify_term *t = grow(c->term, c->terms, sizeof *t);
  if (t == NULL) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for places");
  c->term = t;
  c->term[c->terms++] = (struct verify_term){ point, weight };
  if (c->role == POINT_SITE && res->site[c->site].gate != NULL)
    res->point[point].counter = res->site[c->site].gate->counter;
  if (c->function[0] == '\0')
    elf_object_function_at(&res->object[object], place->address, c->function, sizeof c->function);
  return 0;
}

int verify_add_place(struct verify_result *res, size_t object, const struct elf_place *place, enum point_role role,
                     size_t site, struct error *err) {
  if (verify_add_copy(res, role, site, err) == NULL) return err->code;
  return verify_add_term(res, object, place, 1, NULL, 0, err);
}

void verify_add_gap(struct verify_result *res, size_t site, const char *what, const char *why, ...) {
  struct verify_gap *g = grow(res->gap, res->gaps, sizeof *g);
  if (g == NULL) error_exit_no_memory("verify"); /* it would be lost that something is not known */
  res->gap = g;
  g = &res->gap[res->gaps];
  *g = (struct verify_gap){ .site = site };
  snprintf(g->what, sizeof g->what, "%s", what);
  va_list ap;
  va_start(ap, why);
  vsnprintf(g->why, sizeof g->why, why, ap);
  va_end(ap);
  for (size_t i = 0; i < res->gaps; i++)
    if (res->gap[i].site == site && strcmp(res->gap[i].what, g->what) == 0 && strcmp(res->gap[i].why, g->why) == 0)
      return;
  res->gaps++;
}

bool verify_complete(const struct verify_result *res, size_t site) {
  for (size_t i = 0; i < res->gaps; i++)
    if (site == VERIFY_ALL_SITES || res->gap[i].site == site || res->gap[i].site == VERIFY_ALL_SITES) return false;
  return true;
}
