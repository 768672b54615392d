/* SPDX-License-Identifier: GPL-3.0-or-later */
/* format.c: text, CSV and JSON of the audit (format.h). */
#include "harness/audit/format.h"

#include <stdlib.h>
#include <string.h>

#include "harness/core/json_out.h"
#include "harness/core/units.h"

static int by_variable(const void *a, const void *b) {
  const struct audit_row *x = *(const struct audit_row *const *)a, *y = *(const struct audit_row *const *)b;
  if (x->cls != y->cls) return x->cls == AUDIT_UNKNOWN ? -1 : y->cls == AUDIT_UNKNOWN ? 1 : (int)x->cls - (int)y->cls;
  int d = strcmp(x->variable, y->variable);
  return d ? d : x < y ? -1 : x > y;
}

static size_t ungated(const struct audit_result *r) {
  size_t n = 0;
  for (size_t i = 0; i < r->row_count; i++) n += r->rows[i].cls == AUDIT_TELEMETRY && !audit_is_gated(&r->rows[i]);
  return n;
}

static void text_row(FILE *out, const struct audit_row *r, bool witness) {
  fprintf(out, "    %s:%u  %s()  %s %s  %s%s%s\n", r->file, r->line, r->function, r->op, r->order, r->path,
          r->hits_per_op == r->hits_per_op ? " (measured)" : " (by call distance)",
          r->barrier_risk ? "  BARRIER-RISK" : "");
  if (r->compile_gate || r->env_name)
    fprintf(out, "        gate %s%s%s%s%s%s\n", r->compile_gate ? r->compile_gate : "none",
            r->env_name ? ", environment " : "", r->env_name ? r->env_name : "", r->env_default ? " (default " : "",
            r->env_default ? r->env_default : "", r->env_default ? ")" : "");
  enum { SHOWN = 4 };
  for (size_t c = 0; c < r->call_count && c < SHOWN; c++)
    fprintf(out, "%s%s:%u %s()", c ? ", " : "        called in ", r->calls[c].file, r->calls[c].line, r->calls[c].what);
  if (r->call_count > SHOWN) fprintf(out, " and %zu more", r->call_count - SHOWN);
  if (r->call_count) fputc('\n', out);
  if (witness)
    for (size_t s = 0; s < r->step_count; s++)
      fprintf(out, "        %zu. %s:%u: %s\n", s + 1, r->steps[s].file, r->steps[s].line, r->steps[s].what);
}

static void text_totals(FILE *out, const struct audit_result *r) {
  size_t all = r->row_count;
  fprintf(out, "\n%-12s %6s %7s\n", "class", "sites", "share");
  static const enum audit_class order[] = { AUDIT_CORRECTNESS, AUDIT_TELEMETRY, AUDIT_UNKNOWN };
  for (int i = 0; i < 3; i++) {
    size_t n = audit_count(r, order[i]);
    fprintf(out, "%-12s %6zu %6.1f%%\n", audit_class_name(order[i]), n, all ? 100.0 * (double)n / (double)all : 0.0);
  }
  fprintf(out, "%-12s %6zu\n", "all", all);
  fprintf(out, "TELEMETRY behind no #if: %zu\n", ungated(r));
  fprintf(out, "%zu unit%s in %.1f s", r->unit_count, units_plural(r->unit_count, "", "s"), r->seconds);
  if (r->failed_count) fprintf(out, ", %zu of them not analysed:", r->failed_count);
  fputc('\n', out);
  for (size_t i = 0; i < r->unit_count; i++)
    if (r->units[i].failure) fprintf(out, "  %s: %s\n", r->units[i].file, r->units[i].failure);
  for (size_t i = 0; i < r->note_count; i++) fprintf(out, "note: %s\n", r->notes[i]);
  if (!r->complete)
    fputs(
        "note: the program is not complete, so nothing is called TELEMETRY: it would be, were no other reader hidden\n",
        out);
}

static void text(FILE *out, const struct audit_result *r, bool witness) {
  const struct audit_row **sorted = malloc((r->row_count + 1) * sizeof *sorted);
  for (size_t i = 0; sorted && i < r->row_count; i++) sorted[i] = &r->rows[i];
  if (sorted) qsort(sorted, r->row_count, sizeof *sorted, by_variable);
  const struct audit_row *last = NULL;
  for (size_t i = 0; sorted && i < r->row_count; i++) {
    const struct audit_row *row = sorted[i];
    if (!last || last->cls != row->cls) fprintf(out, "%s%s\n", last ? "\n" : "", audit_class_name(row->cls));
    if (!last || last->cls != row->cls || strcmp(last->variable, row->variable) != 0 ||
        strcmp(last->reason, row->reason) != 0)
      fprintf(out, "  %s: %s\n", row->variable, row->reason);
    text_row(out, row, witness);
    last = row;
  }
  free(sorted);
  text_totals(out, r);
}

/* Names of somebody's files are in it. */
void format_text(FILE *out, const struct audit_result *r, bool witness) {
  char *all = NULL, *shown = NULL;
  size_t size = 0;
  FILE *f = open_memstream(&all, &size);
  if (f) {
    text(f, r, witness);
    if (fclose(f) == 0) shown = units_visible(all, true);
  }
  fputs(shown ? shown : "no memory for the text\n", out);
  free(shown);
  free(all);
}

static void csv_text(FILE *out, const char *t, char end) {
  units_csv(out, t);
  fputc(end, out);
}

void format_csv(FILE *out, const struct audit_result *r) {
  fputs("file,line,function,variable,op,order,class,path,path_source,hits_per_op,compile_gate,env_gate,barrier_risk,"
        "reason\r\n",
        out);
  for (size_t i = 0; i < r->row_count; i++) {
    const struct audit_row *w = &r->rows[i];
    csv_text(out, w->file, ',');
    fprintf(out, "%u,", w->line);
    csv_text(out, w->function, ',');
    csv_text(out, w->variable, ',');
    fprintf(out, "%s,%s,%s,%s,", w->op, w->order, audit_class_name(w->cls), w->path);
    csv_text(out, w->path_source, ',');
    if (w->hits_per_op == w->hits_per_op) /* NaN: not measured, an empty field */
      fprintf(out, "%.9g", w->hits_per_op);
    fputc(',', out);
    csv_text(out, w->compile_gate, ',');
    csv_text(out, w->env_name, ',');
    fprintf(out, "%s,", w->barrier_risk ? "yes" : "no");
    csv_text(out, w->reason, '\r');
    fputc('\n', out);
  }
}

static json_t *row_json(const struct audit_row *r) {
  json_t *o = json_object(), *witness = json_array(), *calls = json_array(), *env = json_null();
  json_object_set_new(o, "file", json_text(r->file));
  json_object_set_new(o, "line", json_integer(r->line));
  json_object_set_new(o, "column", json_integer(r->column));
  json_object_set_new(o, "function", json_text(r->function));
  json_object_set_new(o, "variable", json_text(r->variable));
  json_object_set_new(o, "location", json_text(r->location));
  json_object_set_new(o, "op", json_text(r->op));
  json_object_set_new(o, "order", json_text(r->order));
  json_object_set_new(o, "class", json_text(audit_class_name(r->cls)));
  json_object_set_new(o, "reason", json_text(r->reason));
  for (size_t s = 0; s < r->step_count; s++)
    json_array_append_new(witness, json_pack("{s:s,s:i,s:s}", "file", r->steps[s].file, "line", (int)r->steps[s].line,
                                             "what", r->steps[s].what));
  json_object_set_new(o, "witness", witness);
  for (size_t c = 0; c < r->call_count; c++)
    json_array_append_new(calls, json_pack("{s:s,s:i,s:s}", "file", r->calls[c].file, "line", (int)r->calls[c].line,
                                           "function", r->calls[c].what));
  json_object_set_new(o, "calls", calls);
  json_object_set_new(o, "barrier_risk", json_boolean(r->barrier_risk));
  json_object_set_new(o, "path", json_text(r->path));
  json_object_set_new(o, "path_source", json_text(r->path_source));
  json_object_set_new(o, "hits_per_op", json_number(r->hits_per_op));
  if (r->env_name) {
    env = json_object();
    json_object_set_new(env, "name", json_text(r->env_name));
    json_object_set_new(env, "default", json_text(r->env_default));
  }
  json_object_set_new(o, "env_gate", env);
  json_object_set_new(o, "compile_gate", json_text(r->compile_gate));
  return o;
}

json_t *format_totals(const struct audit_result *r) {
  json_t *t = json_object();
  json_object_set_new(t, "atomics", json_integer((json_int_t)r->row_count));
  for (int c = AUDIT_TELEMETRY; c <= AUDIT_CORRECTNESS; c++)
    json_object_set_new(t, audit_class_name((enum audit_class)c),
                        json_integer((json_int_t)audit_count(r, (enum audit_class)c)));
  json_object_set_new(t, "telemetry_ungated", json_integer((json_int_t)ungated(r)));
  json_object_set_new(t, "units", json_integer((json_int_t)r->unit_count));
  json_object_set_new(t, "units_failed", json_integer((json_int_t)r->failed_count));
  return t;
}

json_t *format_json(const struct audit_result *r) {
  json_t *o = json_result("audit"), *rows = json_array(), *failed = json_array(), *notes = json_array();
  for (size_t i = 0; i < r->row_count; i++) json_array_append_new(rows, row_json(&r->rows[i]));
  for (size_t i = 0; i < r->unit_count; i++)
    if (r->units[i].failure)
      json_array_append_new(failed,
                            json_pack("{s:s,s:o}", "file", r->units[i].file, "reason", json_text(r->units[i].failure)));
  for (size_t i = 0; i < r->note_count; i++) json_array_append_new(notes, json_text(r->notes[i]));
  json_object_set_new(o, "atomics", rows);
  json_object_set_new(o, "totals", format_totals(r));
  json_object_set_new(o, "complete", json_boolean(r->complete));
  json_object_set_new(o, "failed_units", failed);
  json_object_set_new(o, "notes", notes);
  json_object_set_new(o, "seconds", json_number(r->seconds));
  return o;
}
