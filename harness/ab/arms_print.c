/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arms_print.c: a table of commands or libraries for people: the answer first, then a line for each, the
 * fastest on top. What does not fit is left out from the right, never broken. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ab/ab_print.h"
#include "harness/core/units.h"
#include "harness/data/pairs.h"

enum { CELL = 24, TABLE_COLUMNS = 8, NAME_MIN = 12 };

struct row {
  const struct ab_arm *arm;
  char *name; /* as it can be shown */
  char cell[TABLE_COLUMNS][CELL + 16];
};

static const char *const head[TABLE_COLUMNS] = { "mean +- sd", "rank",   "than first", "range",
                                                 "user",       "system", "peak RSS",   "runs" };

static int by_time(const void *a, const void *b) {
  double x = ((const struct row *)a)->arm->ns_per_op, y = ((const struct row *)b)->arm->ns_per_op;
  return isnan(x) ? !isnan(y) : isnan(y) ? -1 : x > y ? 1 : x < y ? -1 : 0;
}

/* How much slower than the first, by the pair's own estimate. */
static void slower(const struct ab_result *r, const struct ab_arm *first, struct row *row) {
  char *to = row->cell[2];
  snprintf(to, sizeof row->cell[2], "%s", row->arm == first ? "1" : "-");
  for (size_t i = 0; i < r->arm_pairs.count; i++) {
    const struct ab_arm_pair *p = &r->arm_pairs.item[i];
    if (!p->a || !p->b || isnan(p->gain_pct.value)) continue;
    bool a = strcmp(p->a, first->name) == 0 && strcmp(p->b, row->arm->name) == 0,
         b = strcmp(p->b, first->name) == 0 && strcmp(p->a, row->arm->name) == 0;
    if (!a && !b) continue;
    double ratio = 1 + p->gain_pct.value / 100, low = 1 + p->gain_pct.low / 100, high = 1 + p->gain_pct.high / 100;
    if (b) {
      double turned = 1 / low;
      ratio = 1 / ratio;
      low = 1 / high;
      high = turned;
    }
    if (isnan(low)) snprintf(to, sizeof row->cell[2], "x%.3f", ratio);
    else snprintf(to, sizeof row->cell[2], "x%.3f [%.3f, %.3f]", ratio, low, high);
  }
}

static void fill(const struct ab_result *r, const struct ab_arm *first, struct row *row) {
  const struct ab_arm *a = row->arm;
  char one[24], two[24];
  snprintf(row->cell[7], sizeof row->cell[7], "%" PRId64, a->runs);
  if (isnan(a->ns_per_op)) {
    snprintf(row->cell[0], sizeof row->cell[0], "%s", a->failures > 0 ? "FAILED" : "not run");
    return;
  }
  snprintf(row->cell[0], sizeof row->cell[0], "%s +- %s", units_time(a->mean_ns, one, sizeof one),
           units_time(a->stddev_ns, two, sizeof two));
  if (a->rank_first == a->rank_last) snprintf(row->cell[1], sizeof row->cell[1], "%" PRId64, a->rank_first);
  else snprintf(row->cell[1], sizeof row->cell[1], "%" PRId64 " to %" PRId64, a->rank_first, a->rank_last);
  slower(r, first, row);
  snprintf(row->cell[3], sizeof row->cell[3], "%s to %s", units_time(a->min_ns, one, sizeof one),
           units_time(a->max_ns, two, sizeof two));
  units_time(a->user_ns, row->cell[4], sizeof row->cell[4]);
  units_time(a->system_ns, row->cell[5], sizeof row->cell[5]);
  units_bytes(a->max_rss_bytes, row->cell[6], sizeof row->cell[6]);
}

static void print_row(FILE *f, const char *name, unsigned width, const struct row *row, const int *cell, size_t cells) {
  unsigned own = units_width(name);
  if (own > width) fprintf(f, "%.*s..", (int)units_bytes_of_width(name, width - 2), name);
  else fprintf(f, "%s%*s", name, (int)(width - own), "");
  for (size_t k = 0; k < cells; k++) fprintf(f, "  %*s", cell[k], row ? row->cell[k] : head[k]);
  fputs("\n", f);
}

static void table(FILE *f, const struct row *row, size_t rows, int columns) {
  int cell[TABLE_COLUMNS], name = 4, left;
  size_t cells = 0;
  for (size_t i = 0; i < rows; i++) {
    int width = (int)units_width(row[i].name);
    name = width > name ? width : name;
  }
  for (size_t k = 0; k < TABLE_COLUMNS; k++) {
    cell[k] = (int)strlen(head[k]);
    for (size_t i = 0; i < rows; i++)
      if ((int)strlen(row[i].cell[k]) > cell[k]) cell[k] = (int)strlen(row[i].cell[k]);
  }
  /* names are shortened before cells go */
  left = columns - (name > 40 ? 40 : name);
  while (cells < TABLE_COLUMNS && left - cell[cells] - 2 >= 0) left -= cell[cells++] + 2;
  if (cells < 2) { /* a narrow screen: the time and the rank, whatever becomes of the name */
    cells = 2;
    left = columns - NAME_MIN - cell[0] - cell[1] - 4;
    if (left < 0) cells = 1;
  }
  int room = columns;
  for (size_t k = 0; k < cells; k++) room -= cell[k] + 2;
  if (name > room) name = room < 4 ? 4 : room;
  print_row(f, "name", (unsigned)name, NULL, cell, cells);
  for (size_t i = 0; i < rows; i++) print_row(f, row[i].name, (unsigned)name, &row[i], cell, cells);
}

/* What a command is called, or said, may hold anything. */
static void wrap_foreign(FILE *f, const char *text, unsigned columns) {
  char *shown = units_visible(text ? text : "", false);
  if (shown) units_wrap(f, shown, columns);
  free(shown);
}

static void detail(FILE *f, const char *name, double value, const char *unit) {
  if (!isnan(value)) fprintf(f, ", %s %.4g%s", name, value, unit);
}

/* Behind the table: what is in no column of it. */
static void details(FILE *f, const struct ab_result *r, const struct row *row, unsigned columns) {
  for (size_t i = 0; i < r->arms.count; i++) {
    const struct ab_arm *a = row[i].arm;
    char *text = NULL, t[3][24];
    size_t size = 0;
    FILE *line = isnan(a->ns_per_op) ? NULL : open_memstream(&text, &size);
    if (!line) continue;
    fprintf(line, "%s: median %s", row[i].name, units_time(a->median_ns, t[0], sizeof t[0]));
    if (!isnan(a->low))
      fprintf(line, ", estimate %s [%s, %s] at %.4g%%", units_time(a->ns_per_op, t[0], sizeof t[0]),
              units_time(a->low, t[1], sizeof t[1]), units_time(a->high, t[2], sizeof t[2]), 100 * a->level);
    if (!r->workload) { /* of a library they are of the process, the harness in it */
      detail(line, "page faults", a->page_faults, " /run");
      detail(line, "context switches", a->context_switches, " /run");
      detail(line, "of them involuntary", a->involuntary_switches, " /run");
      detail(line, "cycles", a->cycles, " /run");
      detail(line, "instructions", a->instructions, " /run");
      detail(line, "cache misses", a->cache_misses, " /run");
      detail(line, "branch misses", a->branch_misses, " /run");
    }
    if (fclose(line) == 0) units_wrap(f, text, columns);
    free(text);
  }
  if (r->m.counters && r->m.counters->hardware_reason) {
    char text[200];
    snprintf(text, sizeof text, "no hardware counters: %s", r->m.counters->hardware_reason);
    units_wrap(f, text, columns);
  }
}

/* Ranks and ratios are not of the means that stand beside them. */
static const char *statistic_of(const struct ab_result *r) {
  int64_t fewest = INT64_MAX;
  size_t compared = 0;
  for (size_t i = 0; i < r->arms.count; i++) {
    const struct ab_arm *a = &r->arms.item[i];
    if (isnan(a->ns_per_op)) continue;
    compared++;
    if (a->runs < fewest) fewest = a->runs;
  }
  if (compared < 2) return NULL;
  return fewest < PAIRS_MIN
             ? "the order and than first: by medians, of the runs of the same block; mean +- sd: of all runs"
             : "the order and than first: by means without the lowest and highest fifth, of the runs of "
               "the same block; mean +- sd: of all runs";
}

void ab_print_arms(FILE *f, const struct ab_result *r, unsigned columns, bool verbose) {
  struct row *row = calloc(r->arms.count, sizeof *row);
  char effort[160];
  if (!row) return;
  for (size_t i = 0; i < r->arms.count; i++) {
    row[i].arm = &r->arms.item[i];
    row[i].name = units_visible(row[i].arm->name ? row[i].arm->name : "-", false);
    if (!row[i].name) goto out;
  }
  qsort(row, r->arms.count, sizeof *row, by_time);
  for (size_t i = 0; i < r->arms.count; i++) fill(r, row[0].arm, &row[i]);
  wrap_foreign(f, r->m.reason, columns);
  table(f, row, r->arms.count, (int)columns);
  for (size_t i = 0; i < r->arms.count; i++)
    if (row[i].arm->failure) {
      char text[400];
      snprintf(text, sizeof text, "%.100s: %.280s", row[i].arm->name, row[i].arm->failure);
      wrap_foreign(f, text, columns);
    }
  if (verbose) details(f, r, row, columns);
  snprintf(effort, sizeof effort, "%.1f s; all ranks hold together at 95%%; who shares a rank is not told apart",
           r->m.elapsed_s);
  units_wrap(f, effort, columns);
  if (statistic_of(r)) units_wrap(f, statistic_of(r), columns);
  if (r->machine.addresses && strcmp(r->machine.addresses, "random") != 0) {
    char text[400];
    snprintf(text, sizeof text, "addresses %.200s; where processes have the same ones, their luck is in every run",
             r->machine.addresses);
    units_wrap(f, text, columns);
  }
  if (r->trace) {
    char text[400];
    snprintf(text, sizeof text, "trace: %.200s, %" PRId64 " calls of %" PRId64 " thread%s, sha256 %.16s…",
             r->trace->file ? r->trace->file : "-", r->trace->events, r->trace->threads,
             r->trace->threads == 1 ? "" : "s", r->trace->sha256 ? r->trace->sha256 : "-");
    wrap_foreign(f, text, columns);
  }
  if (r->m.throttled_pct > 0) {
    snprintf(effort, sizeof effort, "a CPU quota stopped this control group for %.1f%% of the time",
             r->m.throttled_pct);
    units_wrap(f, effort, columns);
  }
  if (r->m.strays > 0) {
    snprintf(effort, sizeof effort, "%" PRId64 " %s left behind by runs that had ended; the harness ended %s",
             r->m.strays, units_plural((uint64_t)r->m.strays, "process was", "processes were"),
             units_plural((uint64_t)r->m.strays, "it", "them"));
    units_wrap(f, effort, columns);
  }
  if (r->m.partial == ANSWER_YES) fprintf(f, "PARTIAL: hakmem-harness ab --resume %s\n", r->results_dir);
out:
  for (size_t i = 0; i < r->arms.count; i++) free(row[i].name);
  free(row);
}
