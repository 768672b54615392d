/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arm_export.c: see arm_export.h. */
#include "harness/report/arm_export.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/json_out.h"
#include "harness/core/units.h"
#include "harness/data/csv_tables.h"

const char *const arm_export_options[] = { "export-markdown",         "export-csv", "export-json", "export-hyperfine",
                                           "export-google-benchmark", NULL };

/* A | would end a cell, a line end the row, and no other control byte belongs into a page. */
static void markdown_text(FILE *f, const char *text) {
  char *shown = units_visible(text ? text : "", false);
  for (const char *p = shown; p && *p; p++) {
    if (*p == '|') fputc('\\', f);
    fputc(*p, f);
  }
  free(shown);
}

/* As code; a name that has a ` in it stands between two of them. */
static void markdown_code(FILE *f, const char *text) {
  const char *fence = text && strchr(text, '`') ? "``" : "`", *blank = fence[1] ? " " : "";
  fprintf(f, "%s%s", fence, blank);
  markdown_text(f, text);
  fprintf(f, "%s%s", blank, fence);
}

static void markdown(FILE *f, const struct ab_result *r) {
  char t[6][24];
  fputs("| name | mean ± σ | range | user | system | peak RSS | runs | rank |\n|---|---|---|---|---|---|---|---|\n", f);
  for (size_t i = 0; i < r->arms.count; i++) {
    const struct ab_arm *a = &r->arms.item[i];
    fputs("| ", f);
    markdown_code(f, a->name);
    if (isnan(a->ns_per_op)) {
      fputs(" | failed: ", f);
      markdown_text(f, a->failure);
      fprintf(f, " | | | | | %" PRId64 " | |\n", a->runs);
      continue;
    }
    fprintf(f, " | %s ± %s | %s … %s | %s | %s | ", units_time(a->mean_ns, t[0], sizeof t[0]),
            units_time(a->stddev_ns, t[1], sizeof t[1]), units_time(a->min_ns, t[2], sizeof t[2]),
            units_time(a->max_ns, t[3], sizeof t[3]), units_time(a->user_ns, t[4], sizeof t[4]),
            units_time(a->system_ns, t[5], sizeof t[5]));
    fprintf(f, "%s | %" PRId64 " | ", units_bytes(a->max_rss_bytes, t[0], sizeof t[0]), a->runs);
    if (a->rank_first == a->rank_last) fprintf(f, "%" PRId64 " |\n", a->rank_first);
    else fprintf(f, "%" PRId64 " to %" PRId64 " |\n", a->rank_first, a->rank_last);
  }
}

static void csv_number(FILE *f, double v) {
  if (isnan(v)) fputs(",", f);
  else fprintf(f, ",%.9g", v);
}

static void csv(FILE *f, const struct ab_result *r) {
  const struct ab_arm *first = r->arms.item;
  fputs(
      "name,command,mean_ns,stddev_ns,median_ns,min_ns,max_ns,user_ns,system_ns,max_rss_bytes,runs,failures,rank_first,"
      "rank_last",
      f);
  for (size_t k = 0; r->arms.count && k < first->parameters.count; k++) {
    fputs(",parameter_", f);
    fputs(first->parameters.item[k].name, f);
  }
  fputs("\n", f);
  for (size_t i = 0; i < r->arms.count; i++) {
    const struct ab_arm *a = &r->arms.item[i];
    const double v[] = { a->mean_ns, a->stddev_ns, a->median_ns, a->min_ns,
                         a->max_ns,  a->user_ns,   a->system_ns, a->max_rss_bytes };
    units_csv(f, a->name);
    fputs(",", f);
    units_csv(f, a->command);
    for (size_t k = 0; k < sizeof v / sizeof *v; k++) csv_number(f, v[k]);
    fprintf(f, ",%" PRId64 ",%" PRId64, a->runs, a->failures);
    if (a->rank_first > 0) fprintf(f, ",%" PRId64 ",%" PRId64, a->rank_first, a->rank_last);
    else fputs(",,", f);
    for (size_t k = 0; k < first->parameters.count; k++) {
      const char *value = NULL;
      for (size_t n = 0; n < a->parameters.count; n++)
        if (strcmp(a->parameters.item[n].name, first->parameters.item[k].name) == 0)
          value = a->parameters.item[n].value;
      fputs(",", f);
      if (value) units_csv(f, value);
    }
    fputs("\n", f);
  }
}

static double seconds(double ns) { return ns / 1e9; }

/* Each run of timings.csv, in the order of time, given to take. */
static int each_run(const struct ab_result *r, void (*take)(void *context, const struct arm_run *run), void *context,
                    struct error *err) {
  struct columns_reader reader;
  struct arm_run run;
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3900s/%s", r->results_dir ? r->results_dir : ".", timing_columns.file);
  FILE *f = fopen(path, "re");
  if (!f) return error_set_errno(err, -errno, "cannot read %s", path);
  int rc = columns_start(&reader, &timing_columns, f, path, err);
  while (rc == 0 && (rc = columns_next(&reader, &run, err)) > 0) {
    take(context, &run);
    rc = 0;
  }
  fclose(f);
  return rc;
}

/* The times of one arm. */
struct arm_times {
  uint32_t arm;
  json_t *times, *codes;
};

static void take_time(void *context, const struct arm_run *run) {
  struct arm_times *t = context;
  if (run->arm != t->arm) return;
  json_array_append_new(t->times, json_number(seconds(run->ns)));
  json_array_append_new(t->codes, json_integer((json_int_t)run->exit_code));
}

static int hyperfine(FILE *f, const struct ab_result *r, struct error *err) {
  json_t *top = json_object(), *results = json_array();
  int rc = 0;
  for (uint32_t i = 0; i < r->arms.count && rc == 0; i++) {
    const struct ab_arm *a = &r->arms.item[i];
    if (isnan(a->ns_per_op)) continue; /* that form has no place for a failure */
    json_t *o = json_object(), *times = json_array(), *codes = json_array(), *parameters = json_object();
    rc = each_run(r, take_time, &(struct arm_times){ i, times, codes }, err);
    json_object_set_new(o, "command", json_text(a->name));
    json_object_set_new(o, "mean", json_number(seconds(a->mean_ns)));
    json_object_set_new(o, "stddev", json_number(seconds(a->stddev_ns)));
    json_object_set_new(o, "median", json_number(seconds(a->median_ns)));
    json_object_set_new(o, "user", json_number(seconds(a->user_ns)));
    json_object_set_new(o, "system", json_number(seconds(a->system_ns)));
    json_object_set_new(o, "min", json_number(seconds(a->min_ns)));
    json_object_set_new(o, "max", json_number(seconds(a->max_ns)));
    json_object_set_new(o, "times", times);
    json_object_set_new(o, "exit_codes", codes);
    for (size_t k = 0; k < a->parameters.count; k++)
      json_object_set_new(parameters, a->parameters.item[k].name, json_text(a->parameters.item[k].value));
    if (a->parameters.count) json_object_set(o, "parameters", parameters);
    json_decref(parameters);
    json_array_append_new(results, o);
  }
  json_object_set_new(top, "results", results);
  if (rc == 0 && json_dumpf(top, f, JSON_INDENT(2)) != 0) rc = error_set_errno(err, -EIO, "hyperfine's JSON");
  fputs("\n", f);
  json_decref(top);
  return rc;
}

struct repetitions {
  const struct ab_result *r;
  json_t *list;
  int64_t *index; /* of the next run of each arm */
};

static void take_repetition(void *context, const struct arm_run *run) {
  struct repetitions *t = context;
  if (run->arm >= t->r->arms.count || isnan(t->r->arms.item[run->arm].ns_per_op)) return; /* no place for a failure */
  const struct ab_arm *a = &t->r->arms.item[run->arm];
  json_t *o = json_object();
  json_object_set_new(o, "name", json_text(a->name));
  json_object_set_new(o, "run_name", json_text(a->name));
  json_object_set_new(o, "run_type", json_text("iteration"));
  json_object_set_new(o, "repetitions", json_integer((json_int_t)a->runs));
  json_object_set_new(o, "repetition_index", json_integer((json_int_t)t->index[run->arm]++));
  json_object_set_new(o, "threads", json_integer(1));
  json_object_set_new(o, "iterations", json_integer(1));
  json_object_set_new(o, "real_time", json_number(run->ns));
  json_object_set_new(o, "cpu_time", json_number((double)(run->user_ns + run->system_ns)));
  json_object_set_new(o, "time_unit", json_text("ns"));
  json_array_append_new(t->list, o);
}

/* What Google Benchmark writes with --benchmark_format=json (docs/user_guide.md there) and its tools/compare.py reads:
 * each run is a repetition of its command. */
static int google_benchmark(FILE *f, const struct ab_result *r, struct error *err) {
  json_t *top = json_object();
  struct repetitions t = { r, json_array(), calloc(r->arms.count + 1, sizeof *t.index) };
  int rc = t.index ? each_run(r, take_repetition, &t, err) : error_set_errno(err, -ENOMEM, "cannot list the runs");
  free(t.index);
  json_object_set_new(top, "context", json_pack("{s:s}", "executable", "hakmem-harness ab"));
  json_object_set_new(top, "benchmarks", t.list);
  if (rc == 0 && json_dumpf(top, f, JSON_INDENT(2)) != 0) rc = error_set_errno(err, -EIO, "Google Benchmark's JSON");
  fputs("\n", f);
  json_decref(top);
  return rc;
}

static int put(FILE *f, const struct ab_result *r, enum arm_export_form form, struct error *err) {
  json_t *own;
  int rc = 0;
  switch (form) {
  case ARM_EXPORT_MARKDOWN: markdown(f, r); break;
  case ARM_EXPORT_CSV: csv(f, r); break;
  case ARM_EXPORT_HYPERFINE: return hyperfine(f, r, err);
  case ARM_EXPORT_GOOGLE: return google_benchmark(f, r, err);
  default:
    own = fields_json(&ab_result_fields, r);
    if (json_dumpf(own, f, JSON_INDENT(2)) != 0) rc = error_set_errno(err, -EIO, "JSON");
    fputs("\n", f);
    json_decref(own);
  }
  return rc;
}

static int open_one(struct arm_export_file *f, const char *option, struct error *err) {
  const int flags = O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK; /* a pipe without a reader is refused */
  struct stat st;
  f->fd = open(f->path, flags | O_CREAT | O_EXCL, 0666);
  f->made = f->fd >= 0;
  if (f->fd < 0 && errno == EEXIST) f->fd = open(f->path, flags);
  int code = f->fd < 0 ? -errno : fstat(f->fd, &st) != 0 ? -errno : S_ISDIR(st.st_mode) ? -EISDIR : 0;
  if (code == 0) return 0;
  error_set_errno(err, code, "--%s: cannot write %s", option, f->path);
  if (code != -EACCES && code != -EPERM && code != -EROFS) error_set_kind(err, ERROR_USAGE);
  return code;
}

/* A pipe or a terminal takes what comes; two that write over each other in a file are a mistake. */
static bool same_file(int a, int b) {
  struct stat x, y;
  return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino &&
         (S_ISREG(x.st_mode) || S_ISFIFO(x.st_mode));
}

static int check(const struct arm_exports *e, bool stdout_taken, struct error *err) {
  const char *first = stdout_taken ? "--json" : NULL;
  for (int i = 0; i < ARM_EXPORT_FORMS; i++) {
    const struct arm_export_file *f = &e->file[i];
    if (!f->path) continue;
    if (strcmp(f->path, "-") == 0) {
      if (first)
        return error_raise(err, ERROR_USAGE, -EINVAL, "%s%s and --%s: both to stdout", first[0] == '-' ? "" : "--",
                           first, arm_export_options[i]);
      first = arm_export_options[i];
      continue;
    }
    if (same_file(f->fd, STDOUT_FILENO))
      return error_raise(err, ERROR_USAGE, -EINVAL, "--%s: %s is stdout, and the answer goes there",
                         arm_export_options[i], f->path);
    for (int k = 0; k < i; k++)
      if (e->file[k].fd >= 0 && same_file(e->file[k].fd, f->fd))
        return error_raise(err, ERROR_USAGE, -EINVAL, "--%s and --%s: both to %s", arm_export_options[k],
                           arm_export_options[i], f->path);
  }
  return 0;
}

int arm_exports_open(struct arm_exports *e, const char *const path[ARM_EXPORT_FORMS], bool stdout_taken,
                     struct error *err) {
  int rc = 0;
  memset(e, 0, sizeof *e);
  for (int i = 0; i < ARM_EXPORT_FORMS; i++) e->file[i] = (struct arm_export_file){ path[i], -1, false };
  for (int i = 0; i < ARM_EXPORT_FORMS && rc == 0; i++) {
    if (path[i] && strcmp(path[i], "-") == 0) e->to_stdout = true;
    else if (path[i]) rc = open_one(&e->file[i], arm_export_options[i], err);
  }
  if (rc == 0) rc = check(e, stdout_taken, err);
  if (rc) arm_exports_close(e);
  return rc;
}

static int write_one(struct arm_export_file *own, const struct ab_result *r, enum arm_export_form form,
                     struct error *err) {
  if (own->fd < 0) return put(stdout, r, form, err);
  struct stat st;
  bool cut = fstat(own->fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(own->fd, 0) != 0;
  fcntl(own->fd, F_SETFL, 0); /* waits for a slow reader from now on */
  FILE *f = cut ? NULL : fdopen(own->fd, "w");
  if (!f) return error_set_errno(err, -errno, "--%s: cannot write %s", arm_export_options[form], own->path);
  own->fd = -1;
  own->made = false;
  int rc = put(f, r, form, err);
  bool bad = ferror(f) != 0;
  if ((fclose(f) != 0 || bad) && rc == 0)
    rc = error_set_errno(err, errno ? -errno : -EIO, "--%s: cannot write %s", arm_export_options[form], own->path);
  return rc;
}

int arm_exports_write(struct arm_exports *e, const struct ab_result *r, struct error *err) {
  int rc = 0;
  for (int i = 0; i < ARM_EXPORT_FORMS; i++) {
    struct error own = { 0 };
    if (!e->file[i].path || write_one(&e->file[i], r, (enum arm_export_form)i, &own) == 0 || rc) continue;
    *err = own;
    rc = own.code;
  }
  return rc;
}

void arm_exports_close(struct arm_exports *e) {
  for (int i = 0; i < ARM_EXPORT_FORMS; i++) {
    struct arm_export_file *f = &e->file[i];
    if (f->path && f->fd >= 0) {
      if (f->made) unlink(f->path);
      close(f->fd);
    }
    f->fd = -1;
    f->made = false;
  }
}
