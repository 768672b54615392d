/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge_page.c: the page and the picture of a merge, and its words on a terminal; see merge.h. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/units.h"
#include "harness/fleet/merge.h"
#include "harness/report/plot_data.h"

#define PICTURE "forest"

static const char *text(const char *t) { return t ? t : "-"; }
static const char *verdict_text(const struct merge_result *r) {
  return text(fields_enum_name(merge_verdict_names, r->summary.verdict));
}

static void interval(FILE *f, double value, double low, double high) {
  if (isnan(value)) fputs("not known", f);
  else if (isnan(low)) fprintf(f, "%+.3f%%, no interval", value);
  else fprintf(f, "%+.3f%% [%+.3f, %+.3f]", value, low, high);
}

static const char *core_text(enum pairs_core core) {
  const char *name = fields_enum_name(pairs_core_names, core);
  return name ? name : "-";
}

/* --- the page --------------------------------------------------------------------------------- */

static void page_files(FILE *f, const char *heading, const struct merge_file *file, size_t count) {
  if (count == 0) return;
  fprintf(f, "\n## %s\n\n| result | why |\n|---|---|\n", heading);
  for (size_t i = 0; i < count; i++) {
    fputs("| ", f);
    for (const char *p = text(file[i].file); *p; p++)
      fputc(*p == '|' || *p == '<' || *p == '`' || (unsigned char)*p < ' ' || *p == 127 ? '?' : *p, f);
    fprintf(f, " | %s |\n", text(file[i].why));
  }
}

static void page_summary(FILE *f, const struct merge_summary *s) {
  if (s->kinds < 2) return;
  fprintf(f, "\n## All kinds together\n\n| | |\n|---|---|\n| mean over kinds | ");
  interval(f, s->estimate, s->low, s->high);
  fprintf(f, " |\n| a kind that was not tried | ");
  if (isnan(s->predict_low)) fputs("not known: three kinds are the least", f);
  else fprintf(f, "%+.3f%% to %+.3f%%", s->predict_low, s->predict_high);
  fprintf(f,
          " |\n| between kinds (tau) | %.3f%%, by %s |\n| share of the spread that is not measurement (I²) | %.1f%% |\n"
          "| Cochran's Q | %.2f, %" PRId64 " degrees of freedom |\n",
          s->tau_pct, text(s->method), s->i2, s->q, s->kinds - 1);
}

/* NULL: each pair drew a layout of its own. */
static const char *layouts_text(const struct merge_result *r) {
  return r->layouts == COUNT_UNKNOWN ? NULL
         : r->layouts == 1           ? "measured in one layout: what another one gives is in no interval"
                           : "all machines measured the pack's layouts: what these have in common is in no interval";
}

static void page(FILE *f, const struct merge_result *r) {
  fprintf(f, "# %s on %" PRId64 " kind%s of machine: %s\n\n%s.\n\nMargin %.4g%%; pack `%s`.\n", text(r->subject),
          r->summary.kinds, units_plural((uint64_t)r->summary.kinds, "", "s"), verdict_text(r), text(r->summary.reason),
          r->margin_pct, text(r->pack));
  if (layouts_text(r)) fprintf(f, "\nLayouts: %" PRId64 "; %s.\n", r->layouts, layouts_text(r));
  if (r->plot) fprintf(f, "\n![each kind with its interval](%s.svg)\n", PICTURE);
  if (r->machines.count)
    fputs("\n| kind of machine | results | pairs | gain | core | verdict |\n|---|---|---|---|---|---|\n", f);
  for (size_t i = 0; i < r->machines.count; i++) {
    const struct merge_machine *m = &r->machines.item[i];
    fprintf(f, "| %s | %" PRId64 " | %" PRId64 " | ", m->model, m->n, m->pairs);
    interval(f, m->gain_pct.value, m->gain_pct.low, m->gain_pct.high);
    fprintf(f, " | %s | %s: %s |\n", core_text(m->core), text(verdict_name(m->verdict)), text(m->reason));
  }
  page_summary(f, &r->summary);
  if (r->nodes.count) fputs("\n## Nodes\n\n| element | node | state | |\n|---|---|---|---|\n", f);
  for (size_t i = 0; i < r->nodes.count; i++) {
    const struct merge_node *n = &r->nodes.item[i];
    fprintf(f, "| %" PRId64 " | %s | %s | %s |\n", n->element, text(n->name),
            text(fields_enum_name(merge_node_state_names, n->state)), n->reason ? n->reason : "");
  }
  page_files(f, "Cut off, used up to the last whole line", r->partial.item, r->partial.count);
  page_files(f, "Left out", r->left_out.item, r->left_out.count);
}

/* --- the picture ------------------------------------------------------------------------------ */

static void row(FILE *f, size_t line, const char *label, double value, double low, double high, int kind,
                const char *word) {
  char shown[64];
  snprintf(shown, sizeof shown, "%.60s", label);
  fprintf(f, "%zu ", line);
  plot_data_cell(f, shown);
  fprintf(f, " %.6g %.6g %.6g %d ", value, low, high, kind);
  plot_data_cell(f, word);
  fputc('\n', f);
}

static int plot_data(const struct merge_result *r, const char *dir, struct error *err) {
  struct plot_files f;
  const struct merge_summary *s = &r->summary;
  double left = fmin(0, -r->margin_pct), right = fmax(0, r->margin_pct);
  size_t line = 0;
  int rc = plot_data_begin(&f, dir, PICTURE, err);
  if (rc) return rc;
  for (size_t i = 0; i < r->machines.count; i++) {
    const struct merge_machine *m = &r->machines.item[i];
    row(f.dat, line++, m->model, m->gain_pct.value, m->gain_pct.low, m->gain_pct.high, 0,
        text(verdict_name(m->verdict)));
    left = fmin(left, m->gain_pct.low);
    right = fmax(right, m->gain_pct.high);
  }
  if (!isnan(s->low)) {
    row(f.dat, line++, "mean over kinds", s->estimate, s->low, s->high, 1, "");
    left = fmin(left, s->low);
    right = fmax(right, s->high);
  }
  if (!isnan(s->predict_low)) {
    row(f.dat, line++, "a kind that was not tried", (s->predict_low + s->predict_high) / 2, s->predict_low,
        s->predict_high, 2, verdict_text(r));
    left = fmin(left, s->predict_low);
    right = fmax(right, s->predict_high);
  }
  plot_data_number(&f, "lines", (double)line);
  plot_data_number(&f, "margin", r->margin_pct);
  plot_data_number(&f, "left", left - 0.05 * (right - left));
  plot_data_number(&f, "right", right + 0.05 * (right - left));
  plot_data_text(&f, "heading", "%.80s on %" PRId64 " kind%s of machine: %s", text(r->subject), s->kinds,
                 units_plural((uint64_t)s->kinds, "", "s"), verdict_text(r));
  return plot_data_end(&f, err);
}

/* A missing gnuplot is no fault of the merge: it is said, and the page goes without. */
static int draw(struct merge_result *r, struct results *results, int quiet, struct error *err) {
  static struct pictures pictures;
  struct results data;
  struct error why = { 0 };
  if (r->machines.count == 0) return 0;
  int rc = results_subfolder(results, "data", &data, err);
  if (rc) return rc;
  memset(&pictures, 0, sizeof pictures);
  plot_data_add(&pictures, PICTURE, "", "fleet.gp", "each kind of machine with its interval");
  rc = plot_data(r, data.path, err);
  if (rc == 0 && plots_render(&pictures, data.path, results->path, quiet, &why) == 0)
    fields_text(&r->plot, "%s/%s.svg", results->path, PICTURE);
  else if (rc == 0) fields_text(&r->plot_missing, "%s", why.text);
  results_close(&data);
  return rc;
}

int merge_write(struct merge_result *r, const struct field_table *table, struct results *results, int quiet,
                struct error *err) {
  char *words = NULL;
  size_t size = 0;
  int rc = draw(r, results, quiet, err);
  FILE *f = rc == 0 ? open_memstream(&words, &size) : NULL;
  if (rc == 0 && !f) return error_set_errno(err, -ENOMEM, "cannot write the page");
  if (f) {
    page(f, r);
    fclose(f);
    rc = results_write(results, "page.md", words, size, err);
    free(words);
  }
  if (rc) return rc;
  fields_text(&r->page, "%s/page.md", results->path);
  fields_copy_text(&r->results_dir, results->path);
  return results_write_fields(results, "result.json", table, r, err);
}

/* --- a terminal ------------------------------------------------------------------------------- */

static void print_files(FILE *f, const char *what, const struct merge_file *file, size_t count) {
  for (size_t i = 0; i < count; i++) fprintf(f, "  %s: %s: %s\n", what, text(file[i].file), text(file[i].why));
}

void merge_print(FILE *f, const struct merge_result *r) {
  const struct merge_summary *s = &r->summary;
  fprintf(f, "%s: %s\n  %s\n", text(r->subject), verdict_text(r), text(s->reason));
  for (size_t i = 0; i < r->machines.count; i++) {
    const struct merge_machine *m = &r->machines.item[i];
    fprintf(f, "  %-12s ", text(verdict_name(m->verdict)));
    interval(f, m->gain_pct.value, m->gain_pct.low, m->gain_pct.high);
    fprintf(f, "  %" PRId64 " result%s, %" PRId64 " pair%s: %s\n", m->n, units_plural((uint64_t)m->n, "", "s"),
            m->pairs, units_plural((uint64_t)m->pairs, "", "s"), m->model);
  }
  if (s->kinds > 1) {
    fputs("  mean over kinds ", f);
    interval(f, s->estimate, s->low, s->high);
    fprintf(f, "; tau %.3f%%, I^2 %.0f%%\n", s->tau_pct, s->i2);
  }
  if (layouts_text(r)) fprintf(f, "  layouts %" PRId64 ": %s\n", r->layouts, layouts_text(r));
  if (!isnan(s->predict_low))
    fprintf(f, "  a kind that was not tried: %+.3f%% to %+.3f%%\n", s->predict_low, s->predict_high);
  for (size_t i = 0; i < r->nodes.count; i++) {
    const struct merge_node *n = &r->nodes.item[i];
    fprintf(f, "  node %s: %s%s%s\n", n->name ? n->name : "that never started",
            text(fields_enum_name(merge_node_state_names, n->state)), n->reason ? ": " : "",
            n->reason ? n->reason : "");
  }
  print_files(f, "used up to its last whole line", r->partial.item, r->partial.count);
  print_files(f, "left out", r->left_out.item, r->left_out.count);
  if (r->plot_missing) fprintf(f, "  no picture: %s\n", r->plot_missing);
}
