/* SPDX-License-Identifier: GPL-3.0-or-later */
/* measured.c: measured.h. */
#include "harness/audit/measured.h"

#include <dirent.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/foreign_file.h"
#include "harness/core/registry.h"

static int is_result(const struct dirent *e) { return strstr(e->d_name, "-verify-") || strstr(e->d_name, "-bench-"); }

/* Folder names begin with their UTC time. */
static int newest_first(const struct dirent **a, const struct dirent **b) { return strcmp((*b)->d_name, (*a)->d_name); }

static void take_verify(struct measured *m, const json_t *result, const char *folder) {
  const json_t *site;
  size_t i;
  json_array_foreach(json_object_get(result, "per_site"), i, site) {
    const char *name = json_string_value(json_object_get(site, "name"));
    const json_t *hits = json_object_get(site, "hits_per_op");
    if (!name || !json_is_number(hits) || measured_find(m, name)) continue;
    struct measured_gate *more = realloc(m->gate, (m->count + 1) * sizeof *more);
    if (!more) return;
    m->gate = more;
    m->gate[m->count++] = (struct measured_gate){ strdup(name), json_number_value(hits), strdup(folder) };
  }
}

static void take_bench(struct measured *m, const json_t *result, const char *folder) {
  const char *workload = json_string_value(json_object_get(result, "workload"));
  const json_t *ns = json_object_get(result, "ns_per_op");
  if (m->bench_folder || !json_is_number(ns) || !workload || strcmp(workload, "random_mixed") != 0) return;
  m->ns_per_op = json_number_value(ns);
  m->bench_folder = strdup(folder);
}

void measured_load(struct measured *m, const char *dir) {
  struct dirent **list = NULL;
  memset(m, 0, sizeof *m);
  m->ns_per_op = NAN;
  int n = dir ? scandir(dir, &list, is_result, newest_first) : 0;
  for (int i = 0; i < n; i++) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s/result.json", dir, list[i]->d_name);
    json_t *o = foreign_file_json(path, NULL);
    if (o && !json_is_true(json_object_get(o, "partial"))) {
      if (strstr(list[i]->d_name, "-verify-")) take_verify(m, o, list[i]->d_name);
      else take_bench(m, o, list[i]->d_name);
    }
    json_decref(o);
    free(list[i]);
  }
  free(list);
}

const struct measured_gate *measured_find(const struct measured *m, const char *gate) {
  for (size_t i = 0; i < m->count; i++)
    if (strcmp(m->gate[i].gate, gate) == 0) return &m->gate[i];
  return NULL;
}

void measured_free(struct measured *m) {
  for (size_t i = 0; i < m->count; i++) {
    free(m->gate[i].gate);
    free(m->gate[i].folder);
  }
  free(m->gate);
  free(m->bench_folder);
  memset(m, 0, sizeof *m);
}

const char *measured_path(double hits_per_op) {
  return hits_per_op >= 0.1 ? "HOT" : hits_per_op >= 1e-4 ? "WARM" : "COLD";
}

void measured_apply(const struct measured *m, struct audit_result *result) {
  for (size_t i = 0; i < result->row_count; i++) {
    struct audit_row *row = &result->rows[i];
    for (size_t g = 0; row->compile_gate && g < registry_count(); g++) {
      const struct gate *gate = registry_gate(g);
      const struct measured_gate *found = audit_is_behind(row, gate->flag) ? measured_find(m, gate->name) : NULL;
      char *source;
      /* a gate's marker stands at what it counts, not at the report that reads the counter */
      if (!found || strcmp(row->op, "load") == 0 || strcmp(row->op, "store") == 0) continue;
      if (asprintf(&source, "measured for the sites of %s together (%s)", gate->name, found->folder) < 0) continue;
      free(row->path_source);
      row->path_source = source;
      row->hits_per_op = found->hits_per_op;
      row->path = measured_path(found->hits_per_op);
    }
  }
}
