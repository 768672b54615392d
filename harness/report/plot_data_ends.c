/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plot_data_ends.c: the gain at both ends of the core's width, with what the verdict is of. */
#include <math.h>
#include <stdio.h>

#include "harness/core/units.h"
#include "harness/report/plot_data.h"

static void line(FILE *f, int y, const char *label, const struct estimate *e, const char *said,
                 struct plot_span *span) {
  plot_data_widen(span, e->low);
  plot_data_widen(span, e->high);
  fprintf(f, "%d ", y);
  plot_data_cell(f, label);
  fprintf(f, " %.9g %.9g %.9g ", e->value, e->low, e->high);
  plot_data_cell(f, said);
  fputc('\n', f);
}

static void end_line(FILE *f, int y, const char *label, const struct ab_end *e, struct plot_span *span) {
  char said[160];
  const char *verdict = verdict_name(e->verdict);
  if (isnan(e->e.value)) snprintf(said, sizeof said, "not seen");
  else
    snprintf(said, sizeof said, "%s: %+.2f%% [%+.2f, %+.2f], %lld pair%s, width %.2f", verdict ? verdict : "no verdict",
             e->e.value, e->e.low, e->e.high, (long long)e->pairs, units_plural((uint64_t)e->pairs, "", "s"), e->width);
  line(f, y, label, &e->e, said, span);
}

int plot_data_ends(const struct record_row *row, const char *dir, struct pictures *pictures, struct error *err) {
  const struct ab_result *ab = record_row_ab(row);
  struct plot_files f;
  struct plot_span span = { 0, 0 };
  char name[96];
  /* of a core that nobody probed there are no ends; an older record has none */
  if (!ab || (isnan(ab->m.ends.alone.e.value) && isnan(ab->m.ends.shared.e.value))) return 0;
  double margin = isnan(ab->margin_pct) ? 0.5 : ab->margin_pct;
  const char *verdict = verdict_name(ab->m.verdict);
  snprintf(name, sizeof name, "%.60s-ends", row->id);
  int rc = plot_data_begin(&f, dir, name, err);
  if (rc) return rc;
  plot_data_widen(&span, -2 * margin);
  plot_data_widen(&span, 2 * margin);
  end_line(f.dat, 0, "core ours alone", &ab->m.ends.alone, &span);
  end_line(f.dat, 1, "core shared", &ab->m.ends.shared, &span);
  plot_data_text(&f, "heading", "%s", row->id);
  plot_data_text(&f, "verdict", "%s", verdict ? verdict : "no verdict");
  plot_data_number(&f, "alone_pct", ab->m.core.alone_pct);
  plot_data_number(&f, "level", 100 * (isnan(ab->m.ends.alone.e.value) ? ab->m.ends.shared : ab->m.ends.alone).e.level);
  plot_data_number(&f, "margin", margin);
  plot_data_number(&f, "left", span.low);
  plot_data_number(&f, "right", span.high);
  plot_data_add(pictures, name, row->id, "ends.gp", "the gain on a core that is ours alone, and on a shared one");
  return plot_data_end(&f, err);
}
