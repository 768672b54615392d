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
#include "harness/data/read_only.h"

static int is_result(const struct dirent *e) { return strstr(e->d_name, "-verify-") || strstr(e->d_name, "-bench-"); }

/* Folder names begin with their UTC time. */
static int newest_first(const struct dirent **a, const struct dirent **b) { return strcmp((*b)->d_name, (*a)->d_name); }

static void take_verify(struct measured *m, const json_t *result, const char *folder) {
  struct verify_hits v;
  fields_init(&verify_hits_fields, &v);
  if (fields_load(&verify_hits_fields, &v, result, folder, NULL) != 0 || v.partial == ANSWER_YES) v.per_site.count = 0;
  for (size_t i = 0; i < v.per_site.count; i++) {
    const struct ab_site *site = &v.per_site.item[i];
    if (!site->name || isnan(site->hits_per_op) || measured_find(m, site->name)) continue;
    struct measured_gate *more = realloc(m->gate, (m->count + 1) * sizeof *more);
    if (!more) break;
    m->gate = more;
    m->gate[m->count++] = (struct measured_gate){ strdup(site->name), site->hits_per_op, strdup(folder) };
  }
  fields_free(&verify_hits_fields, &v);
}

static void take_bench(struct measured *m, const json_t *result, const char *folder) {
  struct bench_time b;
  fields_init(&bench_time_fields, &b);
  if (fields_load(&bench_time_fields, &b, result, folder, NULL) == 0 && b.partial != ANSWER_YES && !m->bench_folder &&
      !isnan(b.ns_per_op) && b.workload && strcmp(b.workload, "random_mixed") == 0) {
    m->ns_per_op = b.ns_per_op;
    m->bench_folder = strdup(folder);
  }
  fields_free(&bench_time_fields, &b);
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
    if (o && fields_is(&verify_hits_fields, o)) take_verify(m, o, list[i]->d_name);
    else if (o && fields_is(&bench_time_fields, o)) take_bench(m, o, list[i]->d_name);
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
