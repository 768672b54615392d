/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_audit.c: see project_audit.h. */
#include "harness/audit/project_audit.h"

#include <stdlib.h>
#include <string.h>

#include "harness/core/json_out.h"
#include "harness/core/units.h"
#include "harness/project/project_builtin.h"
#include "harness/project/project_units.h"

static int audit_tree(const struct project_tree *t, const char *image, const struct audit_options *options,
                      struct audit_result *result, struct error *err) {
  struct project_units units;
  struct audit_options o = *options;
  int rc = project_units_read(&units, t, image, err);
  if (rc != 0) return rc;
  struct audit_source *source = calloc(units.count, sizeof *source);
  for (size_t i = 0; source != NULL && i < units.count; i++)
    source[i] = (struct audit_source){ units.unit[i].folder, units.unit[i].source, units.unit[i].words.word,
                                       units.unit[i].words.count };
  o.dir = t->tree;
  o.source = source;
  o.sources = units.count;
  rc = source == NULL ? error_set_errno(err, -ENOMEM, "the units") : audit_run(&o, result, err);
  free(source);
  project_units_free(&units);
  return rc;
}

static bool is_gated(const struct gated_lines *lines, const char *file, unsigned line) {
  for (size_t i = 0; i < lines->count; i++)
    if ((unsigned)lines->line[i].line == line && strcmp(lines->line[i].file, file) == 0) return true;
  return false;
}

/* An atomic of a helper belongs to the gate where the gate's lines call it. */
static bool belongs(const struct gated_lines *lines, const struct audit_row *row) {
  bool is = is_gated(lines, row->file, row->line);
  for (size_t i = 0; !is && i < row->call_count; i++) is = is_gated(lines, row->calls[i].file, row->calls[i].line);
  return is;
}

/* Rows that do not belong go to the end, which is cut off: they are freed with the others. */
static void keep_gated(struct project_audit *a) {
  struct audit_result *r = &a->result;
  size_t kept = 0;
  for (size_t i = 0; i < r->row_count; i++) {
    if (!belongs(&a->gated.lines, &r->rows[i])) continue;
    struct audit_row row = r->rows[i];
    r->rows[i] = r->rows[kept];
    r->rows[kept++] = row;
  }
  r->row_count = kept;
}

int project_audit_run(struct project_audit *a, const char *file, const char *gate, const struct audit_options *options,
                      struct error *err) {
  *a = (struct project_audit){ 0 };
  if (gate != NULL) {
    int rc = project_gated_open(&a->gated, file, gate, NULL, false, err);
    if (rc != 0) return rc;
    a->nothing = a->gated.builds.diff.identical;
    if (!a->nothing)
      rc = audit_tree(&a->gated.builds.in, a->gated.file.image.text[a->gated.builds.image], options, &a->result, err);
    a->all_rows = a->result.row_count;
    if (rc == 0) keep_gated(a);
    else project_gated_close(&a->gated);
    return rc;
  }
  struct project_tree t;
  int rc = project_open(&a->gated.file, file, NULL, err);
  if (rc != 0) return rc;
  rc = project_build(&a->gated.file, NULL, false, &t, err);
  if (rc == 0) {
    rc = audit_tree(&t, a->gated.file.image.text[0], options, &a->result, err);
    project_tree_free(&t);
  }
  a->all_rows = a->result.row_count;
  if (rc != 0) project_gated_close(&a->gated);
  return rc;
}

void project_audit_free(struct project_audit *a) {
  /* the rows that were left out still are there */
  a->result.row_count = a->all_rows;
  audit_free(&a->result);
  project_gated_close(&a->gated);
}

static const struct audit_row *worst(const struct project_audit *a) {
  const struct audit_row *found = NULL;
  for (size_t i = 0; i < a->result.row_count; i++)
    if (found == NULL || a->result.rows[i].cls > found->cls) found = &a->result.rows[i];
  return found;
}

json_t *project_audit_json(const struct project_audit *a) {
  const struct project_gated *g = &a->gated;
  json_t *o = json_object();
  json_object_set_new(o, "file", json_text(g->file.path));
  json_object_set_new(o, "image", json_text(g->file.image.text[g->builds.image]));
  json_object_set_new(o, "gate", json_text(g->gate ? g->gate->name : NULL));
  json_object_set_new(o, "user_class", json_text(g->gate ? project_class_name(g->gate->user_class) : NULL));
  const struct audit_row *row = g->gate ? worst(a) : NULL;
  json_object_set_new(o, "class", json_text(row ? audit_class_name(row->cls) : NULL));
  json_object_set_new(o, "lines", g->gate ? json_integer((json_int_t)g->lines.count) : json_null());
  json_object_set_new(o, "all_atomics", json_count(!a->nothing, a->all_rows));
  return o;
}

void project_audit_print(FILE *out, const struct project_audit *a) {
  const struct project_gated *g = &a->gated;
  if (g->gate == NULL) return;
  const struct audit_row *row = worst(a);
  const char *said = project_class_name(g->gate->user_class);
  char *own = units_visible(g->file.path, false), *reason = units_visible(row ? row->reason : "", false);
  fprintf(out, "\n%s: ", g->gate->name);
  if (a->nothing) fprintf(out, "the code and data of both builds are identical: there is nothing to be audited\n");
  else if (row == NULL)
    fprintf(out, "none of %zu atomic%s stands on its %zu line%s: the audit, which is of atomics, says nothing of it\n",
            a->all_rows, units_plural(a->all_rows, "", "s"), g->lines.count, units_plural(g->lines.count, "", "s"));
  else
    fprintf(out, "%s, the worst of %zu atomic%s on its %zu line%s (%zu in all): %s\n", audit_class_name(row->cls),
            a->result.row_count, units_plural(a->result.row_count, "", "s"), g->lines.count,
            units_plural(g->lines.count, "", "s"), a->all_rows, reason != NULL ? reason : "?");
  fprintf(out, "%s says%s%s\n", own != NULL ? own : "?", said != NULL ? ": " : "",
          said != NULL ? said : " nothing of what the gate is for: `class telemetry` or `class correctness`");
  free(reason);
  free(own);
}
