/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_plan.c: which places are armed: sites of our own library, sentinel, negative control. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/confined.h"
#include "harness/core/locate.h"
#include "harness/step0/negative.h"
#include "harness/step0/verify_internal.h"

static int add_places(struct verify_result *res, size_t object, const struct elf_places *places, enum point_role role,
                      size_t site, struct error *err) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < places->count; i++)
    rc = verify_add_place(res, object, &places->place[i], role, site, err);
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
    if (req->all && gates[i]->class != GATE_TELEMETRY) continue; /* a feature has no site */
    struct verify_site *s = verify_add_site(res, gates[i]->name, gates[i], err);
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
  if (rc == 0) rc = verify_add_object(res, path, &index, err);
  if (rc == 0) rc = plan_gates(req, res, err);
  if (rc != 0) return rc;
  /* sentinel: each step of the workload's loop; on a command the library's own start */
  if (req->command == NULL && req->pid == 0) {
    if (req->bench != NULL) snprintf(path, sizeof path, "%s", req->bench);
    else rc = locate(LOCATE_BENCH, path, sizeof path, err);
    if (rc == 0) rc = verify_add_object(res, path, &index, err);
    if (rc == 0) rc = elf_object_notes(&res->object[index], "hakmem_bench", "step", &places, err);
    if (rc == 0) rc = add_places(res, index, &places, POINT_SENTINEL, 0, err);
    res->sentinel_exact = places.count > 0;
    snprintf(res->sentinel_what, sizeof res->sentinel_what, "hakmem_bench:step, each step of the loop");
    elf_places_free(&places);
  }
  struct elf_place place;
  if (rc == 0 && !res->sentinel_exact && req->pid == 0 && elf_object_constructor(&res->object[0], &place)) {
    rc = verify_add_place(res, 0, &place, POINT_SENTINEL, 0, err);
    snprintf(res->sentinel_what, sizeof res->sentinel_what, "_init of the library, once each time it is loaded");
  }
  return rc;
}

/* --- anybody's binary ---------------------------------------------------------------------- */

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
  int rc = verify_add_object(res, req->binary != NULL ? req->binary : exe, &index, err);
  if (rc != 0) return rc;
  rc = verify_plan_places(req, res, err);
  if (rc != 0 || req->pid != 0) return rc;
  const struct elf_object *o = &res->object[0];
  struct elf_place place = { .address = o->entry };
  if (!elf_object_is_library(o)) {
    if (elf_object_offset(o, o->entry, &place.offset)) {
      rc = verify_add_place(res, 0, &place, POINT_SENTINEL, 0, err);
      snprintf(res->sentinel_what, sizeof res->sentinel_what,
               "the program's entry point, once each time it is started");
    }
  } else if (elf_object_constructor(o, &place)) {
    rc = verify_add_place(res, 0, &place, POINT_SENTINEL, 0, err);
    snprintf(res->sentinel_what, sizeof res->sentinel_what, "start-up code of the object, once each time it is loaded");
  } else if (o->entry != 0 && elf_object_offset(o, o->entry, &place.offset)) {
    rc = verify_add_place(res, 0, &place, POINT_SENTINEL, 0, err); /* static-pie */
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
      verify_add_object(res, req->command[0], &index, &ignored) == 0)
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

static int plan(const struct verify_request *req, struct verify_result *res, struct error *err) {
  bool places = req->usdt != NULL || req->symbol != NULL || req->line != NULL;
  bool binary = req->binary != NULL || (req->pid != 0 && places);
  int rc = binary ? plan_binary(req, res, err) : plan_library(req, res, err);
  if (rc == 0 && req->per != NULL) rc = plan_per(req, res, err);
  if (rc != 0) return rc;
  /* negative control: runs only where an abort was asked for, or never */
  uint64_t address = 0, size = 0;
  struct elf_place place;
  const char *what;
  struct error ignored = { 0 };
  if (!binary && elf_object_function(&res->object[0], "hak_panic", &address, &size, &ignored) == 0 &&
      elf_object_offset(&res->object[0], address, &place.offset)) {
    place.address = address;
    place.semaphore_offset = place.semaphore = 0;
    rc = verify_add_place(res, 0, &place, POINT_NEGATIVE, 0, err);
    snprintf(res->negative_what, sizeof res->negative_what, "hak_panic(), which ends the program");
  } else if (negative_place(&res->object[0], &place, &what)) {
    rc = verify_add_place(res, 0, &place, POINT_NEGATIVE, 0, err);
    snprintf(res->negative_what, sizeof res->negative_what, "%s", what);
  }
  return rc;
}

struct trial {
  const struct verify_request *req;
  struct verify_result *res;
};

static int try_plan(void *context, struct error *err) {
  struct trial *t = context;
  return plan(t->req, t->res, err);
}

/* ELF and DWARF of a program that may be anything are read in a process with limits first, and then under the same
 * limit here. */
int verify_plan(const struct verify_request *req, struct verify_result *res, struct error *err) {
  enum { LARGEST_GB = 16 };
  struct trial trial = { req, res };
  struct stat st;
  char exe[64];
  const char *path = req->binary;
  if (path == NULL && req->pid != 0) {
    snprintf(exe, sizeof exe, "/proc/%d/exe", (int)req->pid);
    path = exe;
  }
  uint64_t size = path != NULL && stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
  if (size >> 30 >= LARGEST_GB)
    return error_raise(err, ERROR_UNMEASURED, -EFBIG, "%s has more than %d GB", path, LARGEST_GB);
  struct confined_limits limits = confined_limits_for(size);
  int rc = confined_try(path != NULL ? path : "the library", try_plan, &trial, &limits, err);
  if (rc != 0) return rc;
  struct confined_held held;
  confined_hold(&held, &limits);
  rc = plan(req, res, err);
  confined_release(&held);
  return rc;
}
