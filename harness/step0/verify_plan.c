/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_plan.c: which places are armed: sites, sentinel, negative control. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/locate.h"
#include "harness/step0/elf_dwarf.h"
#include "harness/step0/ptrace_arch.h"
#include "harness/step0/verify_internal.h"

static int add_object(struct verify_result *res, const char *path, size_t *index, struct error *err) {
  if (res->objects == VERIFY_OBJECTS_MAX) return error_set(err, -E2BIG, "too many objects");
  struct elf_object *o = &res->object[res->objects];
  int rc = elf_object_open(o, path, err);
  if (rc != 0) return rc;
  *index = res->objects++;
  if (o->machine != ARCH_MACHINE) {
    rc = error_set(err, -ENOEXEC, "%s is for another architecture (ELF machine %d)", path, o->machine);
    return error_advise(err, "verify it on a machine that runs it");
  }
  return 0;
}

int verify_add_copy(struct verify_result *res, size_t object, const struct elf_place *place, enum point_role role,
                    size_t site, struct error *err) {
  unsigned char code[16] = { 0 };
  if (res->copies % 64 == 0) {
    struct verify_copy *c = reallocarray(res->copy, res->copies + 64, sizeof *c);
    if (c != NULL) res->copy = c;
    struct probe_point *p = reallocarray(res->point, res->copies + 64, sizeof *p);
    if (p != NULL) res->point = p;
    if (c == NULL || p == NULL) return error_set_errno(err, -ENOMEM, "places");
    for (size_t i = 0; i < res->copies; i++) res->copy[i].point = &res->point[i];
  }
  struct probe_point *p = &res->point[res->copies];
  struct verify_copy *c = &res->copy[res->copies];
  *p = (struct probe_point){ .object = &res->object[object], .place = *place };
  *c = (struct verify_copy){ .point = p, .role = role, .site = site };
  size_t n = elf_object_read(p->object, place->offset, code, sizeof code);
  int rc = insn_read(p->object->machine, code, n, place->address, &p->insn, err);
  if (rc != 0) return error_prefix(err, "%s", p->object->path);
  elf_object_function_at(p->object, place->address, c->function, sizeof c->function);
  res->copies++;
  return 0;
}

static struct verify_site *add_site(struct verify_result *res, const char *name, const struct gate *gate,
                                    struct error *err) {
  if (res->sites % 64 == 0) {
    struct verify_site *s = reallocarray(res->site, res->sites + 64, sizeof *s);
    if (s == NULL) {
      error_set_errno(err, -ENOMEM, "sites");
      return NULL;
    }
    res->site = s;
  }
  struct verify_site *s = &res->site[res->sites++];
  *s = (struct verify_site){ .gate = gate, .verdict = STEP0_INCONCLUSIVE, .hits_per_op = NAN };
  snprintf(s->name, sizeof s->name, "%s", name);
  return s;
}

static int add_places(struct verify_result *res, size_t object, const struct elf_places *places, enum point_role role,
                      size_t site, struct error *err) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < places->count; i++) {
    rc = verify_add_copy(res, object, &places->place[i], role, site, err);
    if (rc == 0 && role == POINT_SITE) {
      res->site[site].copies++;
      if (res->site[site].gate != NULL) res->point[res->copies - 1].counter = res->site[site].gate->counter;
    }
  }
  return rc;
}

/* --- our own library ----------------------------------------------------------------------- */

static int plan_gates(const struct verify_request *req, struct verify_result *res, struct error *err) {
  const struct gate *gates[64];
  char near[256];
  size_t n = 0;
  if (req->all)
    for (size_t i = 0; i < registry_count(); i++) gates[n++] = registry_gate(i);
  else n = registry_match(req->site, gates, 64);
  if (n == 0) {
    error_raise(err, ERROR_USAGE, -ENOENT, "no site or gate '%s'", req->site);
    return error_advise(err, "near: %s; hakmem-harness sites lists all", registry_near(req->site, near, sizeof near));
  }
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < n; i++) {
    char marker[64];
    struct elf_places places = { 0 };
    if (req->all && strcmp(gates[i]->class_name, "TELEMETRY") != 0) continue; /* a feature has no site */
    struct verify_site *s = add_site(res, gates[i]->name, gates[i], err);
    if (s == NULL) return err->code;
    registry_marker_name(gates[i], marker, sizeof marker);
    rc = elf_object_notes(&res->object[0], "hakmem", marker, &places, err);
    if (rc == 0) rc = add_places(res, 0, &places, POINT_SITE, res->sites - 1, err);
    elf_places_free(&places);
  }
  return rc;
}

static int plan_library(const struct verify_request *req, struct verify_result *res, struct error *err) {
  char path[PATH_MAX];
  struct elf_places places = { 0 };
  size_t index;
  int rc = 0;
  if (req->library != NULL) snprintf(path, sizeof path, "%s", req->library);
  else rc = locate(LOCATE_LIBHAKMEM, path, sizeof path, err);
  if (rc == 0) rc = add_object(res, path, &index, err);
  if (rc == 0) rc = plan_gates(req, res, err);
  if (rc != 0) return rc;
  /* sentinel: each step of the workload's loop; on a command the library's own start */
  if (req->command == NULL && req->pid == 0) {
    rc = locate(LOCATE_BENCH, path, sizeof path, err);
    if (rc == 0) rc = add_object(res, path, &index, err);
    if (rc == 0) rc = elf_object_notes(&res->object[index], "hakmem_bench", "step", &places, err);
    if (rc == 0) rc = add_places(res, index, &places, POINT_SENTINEL, 0, err);
    res->sentinel_exact = places.count > 0;
    snprintf(res->sentinel_what, sizeof res->sentinel_what, "hakmem_bench:step, each step of the loop");
    elf_places_free(&places);
  }
  struct elf_place place;
  if (rc == 0 && !res->sentinel_exact && req->pid == 0 && elf_object_constructor(&res->object[0], &place)) {
    rc = verify_add_copy(res, 0, &place, POINT_SENTINEL, 0, err);
    snprintf(res->sentinel_what, sizeof res->sentinel_what, "_init of the library, once each time it is loaded");
  }
  return rc;
}

/* --- anybody's binary ---------------------------------------------------------------------- */

struct all_notes {
  struct verify_result *res;
  struct error *err;
};

static int see_note(void *context, const char *provider, const char *name, const struct elf_place *place) {
  struct all_notes *a = context;
  struct verify_result *res = a->res;
  char full[128];
  snprintf(full, sizeof full, "%s:%s", provider, name);
  size_t i = 0;
  while (i < res->sites && strcmp(res->site[i].name, full) != 0) i++;
  if (i == res->sites && (i == VERIFY_SITES_MAX || add_site(res, full, NULL, a->err) == NULL)) return -E2BIG;
  struct elf_places one = { .place = (struct elf_place *)place, .count = 1 };
  return add_places(res, 0, &one, POINT_SITE, i, a->err);
}

static int plan_usdt(const struct verify_request *req, struct verify_result *res, struct error *err) {
  char provider[128];
  const char *colon = strchr(req->usdt, ':');
  if (colon == NULL || colon == req->usdt || colon[1] == '\0' || (size_t)(colon - req->usdt) >= sizeof provider)
    return error_set(err, -EINVAL, "--usdt wants PROVIDER:NAME, not '%s'", req->usdt);
  snprintf(provider, sizeof provider, "%.*s", (int)(colon - req->usdt), req->usdt);
  struct elf_places places = { 0 };
  if (add_site(res, req->usdt, NULL, err) == NULL) return err->code;
  int rc = elf_object_notes(&res->object[0], provider, colon + 1, &places, err);
  if (rc == 0) rc = add_places(res, 0, &places, POINT_SITE, 0, err);
  elf_places_free(&places);
  return rc;
}

static int plan_symbol(const struct verify_request *req, struct verify_result *res, struct error *err) {
  struct elf_places places = { 0 };
  struct error ignored = { 0 };
  if (add_site(res, req->symbol, NULL, err) == NULL) return err->code;
  int found = elf_object_symbol(&res->object[0], req->symbol, &places, err);
  int inlined = elf_object_inlined(&res->object[0], req->symbol, &places, &ignored);
  int rc = found == -ENOENT && places.count > 0 ? 0 : found == -ENOENT ? 0 : found;
  (void)inlined; /* without debug information the symbol alone counts */
  if (rc == 0) error_clear(err);
  if (rc == 0) rc = add_places(res, 0, &places, POINT_SITE, 0, err);
  elf_places_free(&places);
  return rc;
}

static int plan_line(const struct verify_request *req, struct verify_result *res, struct error *err) {
  char file[PATH_MAX];
  const char *colon = strrchr(req->line, ':');
  int number = colon != NULL ? atoi(colon + 1) : 0;
  if (number <= 0 || colon == req->line)
    return error_set(err, -EINVAL, "--line wants FILE.c:NUMBER, not '%s'", req->line);
  snprintf(file, sizeof file, "%.*s", (int)(colon - req->line), req->line);
  struct elf_places places = { 0 };
  if (add_site(res, req->line, NULL, err) == NULL) return err->code;
  int rc = elf_object_line(&res->object[0], file, number, &places, err);
  if (rc == -ENOENT) {
    rc = 0;
    error_clear(err);
  }
  if (rc == 0) rc = add_places(res, 0, &places, POINT_SITE, 0, err);
  elf_places_free(&places);
  return rc;
}

/* The program of a process, also where its first thread has ended and others go on. */
static void program_of(pid_t pid, char path[64]) {
  char tasks[64];
  snprintf(path, 64, "/proc/%d/exe", (int)pid);
  if (access(path, F_OK) == 0) return;
  snprintf(tasks, sizeof tasks, "/proc/%d/task", (int)pid);
  DIR *d = opendir(tasks);
  for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
    char other[64];
    snprintf(other, sizeof other, "/proc/%d/task/%d/exe", (int)pid, atoi(e->d_name));
    if (e->d_name[0] != '.' && access(other, F_OK) == 0) memcpy(path, other, sizeof other);
  }
  if (d != NULL) closedir(d);
}

static int plan_binary(const struct verify_request *req, struct verify_result *res, struct error *err) {
  char exe[64];
  size_t index;
  program_of(req->pid, exe);
  int rc = add_object(res, req->binary != NULL ? req->binary : exe, &index, err);
  if (rc != 0) return rc;
  if (req->usdt != NULL) rc = plan_usdt(req, res, err);
  else if (req->symbol != NULL) rc = plan_symbol(req, res, err);
  else if (req->line != NULL) rc = plan_line(req, res, err);
  else {
    struct all_notes a = { res, err };
    rc = elf_object_walk_notes(&res->object[0], see_note, &a, err);
    if (rc == 0 && res->sites == 0) rc = error_set(err, -ENOENT, "%s has no USDT notes", res->object[0].path);
  }
  if (rc != 0 || req->pid != 0) return rc;
  const struct elf_object *o = &res->object[0];
  struct elf_place place = { .address = o->entry };
  if (o->has_interpreter || (o->type == ET_EXEC)) {
    if (elf_object_offset(o, o->entry, &place.offset)) {
      rc = verify_add_copy(res, 0, &place, POINT_SENTINEL, 0, err);
      snprintf(res->sentinel_what, sizeof res->sentinel_what,
               "the program's entry point, once each time it is started");
    }
  } else if (elf_object_constructor(o, &place)) {
    rc = verify_add_copy(res, 0, &place, POINT_SENTINEL, 0, err);
    snprintf(res->sentinel_what, sizeof res->sentinel_what, "_init of the object, once each time it is loaded");
  } else if (o->entry != 0 && elf_object_offset(o, o->entry, &place.offset)) {
    rc = verify_add_copy(res, 0, &place, POINT_SENTINEL, 0, err); /* static-pie */
    snprintf(res->sentinel_what, sizeof res->sentinel_what, "the program's entry point, once each time it is started");
  }
  return rc;
}

/* --per SYMBOL: in the program, else in the object that holds the sites. */
static int plan_per(const struct verify_request *req, struct verify_result *res, struct error *err) {
  struct elf_places places = { 0 };
  struct error ignored = { 0 };
  size_t index = 0;
  int rc = -ENOENT;
  if (req->command != NULL && strchr(req->command[0], '/') != NULL &&
      add_object(res, req->command[0], &index, &ignored) == 0)
    rc = elf_object_symbol(&res->object[index], req->per, &places, &ignored);
  if (rc != 0) {
    index = 0;
    rc = elf_object_symbol(&res->object[0], req->per, &places, err);
  }
  if (rc != 0) return error_advise(err, "--per names a function of the program (give its path) or of the library");
  rc = add_places(res, index, &places, POINT_PER, 0, err);
  elf_places_free(&places);
  return rc;
}

int verify_plan(const struct verify_request *req, struct verify_result *res, struct error *err) {
  bool binary =
      req->binary != NULL || (req->pid != 0 && (req->usdt != NULL || req->symbol != NULL || req->line != NULL));
  int rc = binary ? plan_binary(req, res, err) : plan_library(req, res, err);
  if (rc == 0 && req->per != NULL) rc = plan_per(req, res, err);
  if (rc != 0) return rc;
  /* negative control: runs only where an abort was asked for, or never */
  uint64_t address = 0, size = 0;
  struct elf_place place;
  struct error ignored = { 0 };
  if (!binary && elf_object_function(&res->object[0], "hak_panic", &address, &size, &ignored) == 0 &&
      elf_object_offset(&res->object[0], address, &place.offset)) {
    place.address = address;
    place.semaphore_offset = 0;
    rc = verify_add_copy(res, 0, &place, POINT_NEGATIVE, 0, err);
    snprintf(res->negative_what, sizeof res->negative_what, "hak_panic(), which ends the program");
  } else if (elf_object_padding(&res->object[0], &place)) {
    rc = verify_add_copy(res, 0, &place, POINT_NEGATIVE, 0, err);
    snprintf(res->negative_what, sizeof res->negative_what, "alignment padding between two functions");
  }
  return rc;
}
