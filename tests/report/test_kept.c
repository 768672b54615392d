/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_kept.c: structs and their kept forms. Every record that is kept with the sources goes into its struct and
 * out again without a loss; what is damaged is refused with its place; CSV lines are read as they were written.
 * With --schema NAME it prints the schema of a table, from which doc/schemas is made. */
#include <errno.h>
#include <glob.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "harness/data/ab_plan.h"
#include "harness/data/csv_tables.h"
#include "harness/data/fleet_plan.h"
#include "harness/data/merge_result.h"
#include "harness/data/pack_plan.h"
#include "harness/data/phase_record.h"
#include "harness/phase/phase_table.h"

static const struct {
  const char *name;
  const struct field_table *table;
  bool published;
} schemas[] = {
  { "ab", &ab_result_fields, false },
  { "ab-baseline", &ab_baseline_file_fields, false },
  { "ab-campaign", &ab_plan_fields, false },
  { "ab-chosen", &ab_chosen_fields, false },
  { "calibrate", &calibration_result_fields, true },
  { "fleet", &fleet_result_fields, false },
  { "fleet-plan", &fleet_plan_fields, false },
  { "merge", &merge_result_fields, false },
  { "pack", &pack_result_fields, false },
  { "pack-end", &pack_end_fields, true },
  { "pack-plan", &pack_plan_fields, true },
  { "pack-run", &pack_head_fields, true },
  { "phase", &phase_result_fields, false },
  { "phases", &phases_result_fields, false },
  { "phase-record", &phase_record_fields, true },
  { "phases-plan", &phases_plan_fields, false },
};
enum { SCHEMAS = sizeof schemas / sizeof *schemas };

static int print_schema(const char *name) {
  for (size_t i = 0; i < SCHEMAS; i++)
    if (strcmp(schemas[i].name, name) == 0) {
      json_t *s = fields_schema(schemas[i].table, schemas[i].published);
      json_dumpf(s, stdout, JSON_INDENT(1));
      putchar('\n');
      json_decref(s);
      return 0;
    }
  for (size_t i = 0; i < SCHEMAS; i++) puts(schemas[i].name);
  return 1;
}

/* In and out again, also by a copy: the same JSON, keys that are not there included. */
static void goes_through(const struct field_table *table, const char *path) {
  struct error err = { 0 };
  json_t *before = json_load_file(path, 0, NULL);
  void *object = fields_new(table), *copy = malloc(table->size);
  assert_non_null(before);
  if (fields_load(table, object, before, path, &err) != 0) fail_msg("%s", err.text);
  assert_int_equal(fields_copy(table, copy, object), 0);
  fields_free(table, object);
  json_t *after = fields_json(table, copy);
  if (!json_equal(before, after)) fail_msg("%s is not what it was: %s", path, json_dumps(after, 0));
  json_decref(before);
  json_decref(after);
  fields_free(table, copy);
  free(object);
  free(copy);
}

static void kept_records(void **state) {
  const char *top = getenv("top_srcdir");
  char pattern[4096];
  glob_t found;
  size_t records = 0;
  (void)state;
  snprintf(pattern, sizeof pattern, "%.3900s/doc/analysis/data/*/*.json", top ? top : ".");
  if (glob(pattern, 0, NULL, &found) != 0) skip(); /* a distribution without the records */
  for (size_t i = 0; i < found.gl_pathc; i++) {
    json_t *j = json_load_file(found.gl_pathv[i], 0, NULL);
    const struct field_table *table[] = { &phase_record_fields, &calibration_result_fields, &audit_record_fields };
    for (size_t k = 0; k < 3; k++)
      if (fields_is(table[k], j)) {
        goes_through(table[k], found.gl_pathv[i]);
        records++;
      }
    json_decref(j);
  }
  globfree(&found);
  assert_true(records >= 20);
}

static void recorded_campaign(void **state) {
  const char *top = getenv("top_srcdir");
  char path[4096];
  (void)state;
  snprintf(path, sizeof path, "%.3900s/tests/report/recorded/campaign/result.json", top ? top : ".");
  goes_through(&ab_result_fields, path);
}

/* Loads text into a new struct; the message where it is refused, "" where it is not. */
static const char *refusal(const struct field_table *table, const char *text) {
  static struct error err;
  json_t *j = json_loads(text, 0, NULL);
  void *object = fields_new(table);
  assert_non_null(j);
  error_clear(&err);
  int rc = fields_load(table, object, j, "F", &err);
  assert_int_equal(rc, err.code);
  assert_true(rc == 0 || (rc == -EBADMSG && err.kind == ERROR_UNMEASURED));
  fields_free(table, object);
  free(object);
  json_decref(j);
  return err.text;
}

static void damaged(void **state) {
  (void)state;
  assert_string_equal(refusal(&ab_result_fields, "{\"schema\": \"hakmem.ab/1\"}"), "");
  assert_string_equal(refusal(&ab_result_fields, "{\"schema\": \"hakmem.ab/2\"}"),
                      "F is not of the schema hakmem.ab/1");
  assert_string_equal(refusal(&ab_result_fields, "[1]"), "F is not of the schema hakmem.ab/1");
  assert_string_equal(refusal(&ab_result_fields, "{\"schema\": \"hakmem.ab/1\", \"gain_pct\": {\"low\": \"1\"}}"),
                      "F: gain_pct.low is not a number");
  assert_string_equal(refusal(&ab_result_fields, "{\"schema\": \"hakmem.ab/1\", \"verdict\": \"MAYBE\"}"),
                      "F: verdict is not one of the words that are known");
  assert_string_equal(refusal(&ab_result_fields, "{\"schema\": \"hakmem.ab/1\", \"pairs\": 1.5}"),
                      "F: pairs is not a count");
  assert_string_equal(refusal(&ab_result_fields, "{\"schema\": \"hakmem.ab/1\", \"pairs\": -2}"),
                      "F: pairs is not a count");
  assert_string_equal(refusal(&ab_result_fields, "{\"schema\": \"hakmem.ab/1\", \"looks\": [{\"pairs\": []}]}"),
                      "F: looks.pairs is not a number");
  assert_string_equal(refusal(&ab_result_fields, "{\"schema\": \"hakmem.ab/1\", \"step0\": []}"),
                      "F: step0 is not an object");
  assert_string_equal(refusal(&ab_plan_fields, "{\"schema\": \"hakmem.ab-campaign/1\", \"gates\": [1]}"),
                      "F: gates is not a list of texts");
}

/* One line in, the same line out. */
static void line_goes_through(const struct columns *c, const char *line) {
  char head[COLUMNS_LINE_MAX], out[COLUMNS_LINE_MAX], text[2 * COLUMNS_LINE_MAX];
  void *row = malloc(c->size);
  struct columns_reader r;
  struct error err = { 0 };
  columns_header(c, head);
  snprintf(text, sizeof text, "%s%s", head, line);
  FILE *f = fmemopen(text, strlen(text), "r");
  assert_int_equal(columns_start(&r, c, f, "F", &err), 0);
  if (columns_next(&r, row, &err) != 1) fail_msg("%s: %s", line, err.text);
  columns_line(c, row, out);
  assert_string_equal(out, line);
  columns_round(c, row);
  columns_line(c, row, out);
  assert_string_equal(out, line);
  fclose(f);
  free(row);
}

static void lines(void **state) {
  (void)state;
  line_goes_through(&round_columns, "1,0,0,150000,400000,20000,10000,9999,9999,1,0,0,1,3,0,0,,,,,,,0.50443,0\n");
  line_goes_through(&round_columns, "18446744073709551614,1,9,1,2,3,4,5,6,7,8,9,10,11,1,1,12,13,14,15,16,17,,\n");
  line_goes_through(&process_columns, "7,1,control,0,99,0,10,1,1,2,3,4,5,-1,0.250000,0\n");
  line_goes_through(&look_columns, "0,4,517,0.000860662966,21.029714,20.705756,21.354542,NO-GO,shared\n");
  line_goes_through(&record_pair_columns, "3,test,1,0.25,7.27,8.82,7.28,8.83,1,0\n");
  line_goes_through(&record_round_columns, "3,1,9,7.273\n");
}

static void bad_lines(void **state) {
  static const char *const bad[] = { "",           "3,1,9\n",    "3,1,9,7,1\n",        "3,1,9,x\n",
                                     " 3,1,9,7\n", "3,-1,9,7\n", "3,1,9, 7\n",         "3,1,,7\n",
                                     "3,1,9,7",    "+3,1,9,7\n", "3,4294967296,9,7\n", "99999999999999999999,1,9,7\n" };
  char head[COLUMNS_LINE_MAX], text[2 * COLUMNS_LINE_MAX];
  struct record_round row;
  (void)state;
  columns_header(&record_round_columns, head);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct columns_reader r;
    struct error err = { 0 };
    snprintf(text, sizeof text, "%s%s", head, bad[i]);
    FILE *f = fmemopen(text, strlen(text), "r");
    assert_int_equal(columns_start(&r, &record_round_columns, f, "F", &err), 0);
    r.whole = true;
    int rc = columns_next(&r, &row, &err);
    if (!*bad[i]) assert_int_equal(rc, 0);
    else if (rc != -EBADMSG || strncmp(err.text, "F:2 ", 4) != 0) fail_msg("taken: %s", bad[i]);
    fclose(f);
  }
  struct columns_reader r;
  struct error err = { 0 };
  char other[] = "pair,side,round\n";
  FILE *f = fmemopen(other, strlen(other), "r");
  assert_int_equal(columns_start(&r, &record_round_columns, f, "F", &err), -EBADMSG);
  fclose(f);
}

/* What a version before had no column for: its file is read, and one in which this version went on. */
static void older_lines(void **state) {
  struct round_line old = { .pair = 3, .wait_ns = COLUMN_EMPTY }, row;
  struct columns before = round_columns;
  char text[4 * COLUMNS_LINE_MAX];
  struct columns_reader r;
  struct error err = { 0 };
  (void)state;
  before.count--;
  size_t n = columns_header(&before, text);
  n += columns_line(&before, &old, text + n);
  old.wait_ns = 9;
  n += columns_line(&round_columns, &old, text + n);
  n += (size_t)snprintf(text + n, sizeof text - n, "1,2\n");
  FILE *f = fmemopen(text, n, "r");
  assert_int_equal(columns_start(&r, &round_columns, f, "F", &err), 0);
  assert_int_equal(columns_next(&r, &row, &err), 1);
  assert_true(row.pair == 3 && row.wait_ns == COLUMN_EMPTY);
  assert_int_equal(columns_next(&r, &row, &err), 1);
  assert_true(row.pair == 3 && row.wait_ns == 9);
  assert_int_equal(columns_next(&r, &row, &err), -EBADMSG);
  fclose(f);
  /* a line that lost a column is none where the head names it */
  n = columns_header(&round_columns, text);
  n += columns_line(&before, &old, text + n);
  f = fmemopen(text, n, "r");
  assert_int_equal(columns_start(&r, &round_columns, f, "F", &err), 0);
  assert_int_equal(columns_next(&r, &row, &err), -EBADMSG);
  fclose(f);
  /* no version that can be read had so few */
  before.count--;
  n = columns_header(&before, text);
  f = fmemopen(text, n, "r");
  assert_int_equal(columns_start(&r, &round_columns, f, "F", &err), -EBADMSG);
  fclose(f);
}

/* The sum of the parts: each gate that a row measures is in it once. */
static void gates_summed_once(void **state) {
  (void)state;
  size_t parts = 0;
  for (size_t i = 0; i < phase_count(); i++) {
    const struct phase *p = phase_at(i);
    if (p->kind != PHASE_MEASURED) continue;
    char gates[256], *rest = gates;
    assert_true((size_t)snprintf(gates, sizeof gates, "%s", p->gates) < sizeof gates);
    parts += phase_is_part(p);
    for (char *gate; (gate = strsep(&rest, ",")) != NULL;) {
      int summed = 0;
      for (size_t k = 0; k < phase_count(); k++) {
        const char *in = phase_is_part(phase_at(k)) ? strstr(phase_at(k)->gates, gate) : NULL;
        char end = in ? in[strlen(gate)] : 'x';
        summed += (end == '\0' || end == ',') && (in == phase_at(k)->gates || in[-1] == ',');
      }
      if (summed != 1) fail_msg("gate %s is %d times in the sum of the parts", gate, summed);
    }
  }
  assert_true(parts > 5);
  assert_true(phase_is_part(phase_find("26")));
  assert_false(phase_is_part(phase_find("26A")));
  assert_false(phase_is_part(phase_find("30")));
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--schema") == 0) return print_schema(argc > 2 ? argv[2] : "");
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(kept_records), cmocka_unit_test(recorded_campaign), cmocka_unit_test(damaged),
    cmocka_unit_test(lines),        cmocka_unit_test(bad_lines),         cmocka_unit_test(gates_summed_once),
    cmocka_unit_test(older_lines),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
