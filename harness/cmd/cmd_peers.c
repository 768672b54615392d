/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_peers.c: `hakmem-harness peers`: HAKMEM beside the packaged allocators. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/machine.h"
#include "harness/core/names.h"
#include "harness/core/preload.h"
#include "harness/core/program.h"
#include "harness/core/progress.h"
#include "harness/core/results.h"
#include "harness/core/units.h"
#include "harness/peers/peers.h"
#include "harness/step0/elf_object.h"

struct output {
  struct progress progress;
  FILE *samples;
};

static void on_progress(double fraction, const char *what, void *context) {
  progress_update(&((struct output *)context)->progress, fraction, what);
}

static void put_number(FILE *f, double v, char end) {
  if (isnan(v)) fprintf(f, "%c", end);
  else fprintf(f, "%.6g%c", v, end);
}

static void on_sample(const struct peer_table *t, size_t repetition, size_t row, size_t peer, void *context) {
  FILE *f = ((struct output *)context)->samples;
  const struct peer_sample *s = peer_table_sample(t, repetition, row, peer);
  if (f == NULL) return;
  fprintf(f, "%zu,%s,%s,", repetition, t->rows[row]->name, t->peers[peer].name);
  put_number(f, s->time_ns, ',');
  put_number(f, s->peak_rss_bytes, '\n');
}

/* true: name stands in the comma-separated list, or the list is NULL */
static bool listed(const char *list, const char *name) {
  size_t n = strlen(name);
  if (list == NULL) return true;
  for (const char *p = list; *p != '\0'; p += strcspn(p, ","), p += *p == ',')
    if (strcspn(p, ",") == n && strncmp(p, name, n) == 0) return true;
  return false;
}

static int check_list(const struct invocation *inv, const char *list) {
  char name[64];
  for (const char *p = list; p != NULL && *p != '\0'; p += strcspn(p, ","), p += *p == ',') {
    snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ","), p);
    if (peer_row_find(name) == NULL) {
      char all[512] = "";
      for (const struct peer_row *r = peer_rows; r->name != NULL; r++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", r == peer_rows ? "" : ", ", r->name);
      return command_usage(inv, "no row '%s'; there are: %s", name, all);
    }
  }
  return 0;
}

static bool program_found(const char *name) {
  char path[4096];
  return program_find(name, path, sizeof path) == 0;
}

static json_t *spread_json(const struct peer_spread *s) {
  json_t *o = json_object();
  json_object_set_new(o, "median", json_number(s->median));
  json_object_set_new(o, "low", json_number(s->low));
  json_object_set_new(o, "high", json_number(s->high));
  json_object_set_new(o, "samples", json_integer((json_int_t)s->count));
  return o;
}

static json_t *row_json(const struct peer_table *t, size_t row) {
  struct peer_comparison c = peer_table_compare(t, row);
  json_t *o = json_object(), *list = json_array();
  json_object_set_new(o, "name", json_text(t->rows[row]->name));
  json_object_set_new(o, "unit", json_text(t->rows[row]->unit));
  json_object_set_new(o, "failed", json_text(t->reason[row][0] != '\0' ? t->reason[row] : NULL));
  for (size_t p = 0; p < t->peer_count; p++) {
    struct peer_cell cell = peer_table_cell(t, row, p);
    json_t *a = json_object();
    json_object_set_new(a, "allocator", json_text(t->peers[p].name));
    json_object_set_new(a, "time_ns", spread_json(&cell.time_ns));
    json_object_set_new(a, "peak_rss_bytes", spread_json(&cell.rss_bytes));
    json_array_append_new(list, a);
  }
  json_object_set_new(o, "allocators", list);
  json_object_set_new(o, "best_time", json_text(c.best_time < 0 ? NULL : t->peers[c.best_time].name));
  json_object_set_new(o, "best_rss", json_text(c.best_rss < 0 ? NULL : t->peers[c.best_rss].name));
  json_object_set_new(o, "time_ratio", spread_json(&c.time_ratio));
  json_object_set_new(o, "rss_ratio", spread_json(&c.rss_ratio));
  return o;
}

static json_t *table_json(const struct peer_table *t, bool partial, const char *dir) {
  json_t *o = json_result("peers"), *peers = json_array(), *rows = json_array();
  for (size_t p = 0; p < t->peer_count; p++) {
    json_t *a = json_object();
    json_object_set_new(a, "name", json_text(t->peers[p].name));
    json_object_set_new(a, "library", json_text(t->peers[p].library[0] != '\0' ? t->peers[p].library : NULL));
    json_object_set_new(a, "absent", json_text(t->peers[p].reason[0] != '\0' ? t->peers[p].reason : NULL));
    json_array_append_new(peers, a);
  }
  for (size_t r = 0; r < t->row_count; r++) json_array_append_new(rows, row_json(t, r));
  json_object_set_new(o, "allocators", peers);
  json_object_set_new(o, "rows", rows);
  json_object_set_new(o, "repetitions", json_integer((json_int_t)t->repetitions));
  json_object_set_new(o, "partial", json_boolean(partial));
  json_object_set_new(o, "machine", machine_record());
  json_object_set_new(o, "results_dir", json_text(dir));
  return o;
}

/* A program's nanoseconds as ms: four digits are enough for any row. */
static void print_time(double ns, const char *unit) {
  if (isnan(ns)) printf(" %9s", "-");
  else if (strcmp(unit, "ns/run") == 0) printf(" %7.0fms", ns / 1e6);
  else printf(" %9.*f", ns < 100 ? 2 : 0, ns);
}

static void print_table(const struct peer_table *t) {
  printf("%-20s %-10s", "time (median)", "unit");
  for (size_t p = 0; p < t->peer_count; p++) printf(" %9.9s", t->peers[p].name);
  printf("  best peer   ratio [95%%]\n");
  for (size_t r = 0; r < t->row_count; r++) {
    struct peer_comparison c = peer_table_compare(t, r);
    printf("%-20s %-10s", t->rows[r]->name, t->rows[r]->unit);
    for (size_t p = 0; p < t->peer_count; p++) print_time(peer_table_cell(t, r, p).time_ns.median, t->rows[r]->unit);
    if (c.time_ratio.count > 0)
      printf("  %-10s %6.3f [%.3f, %.3f]%s", t->peers[c.best_time].name, c.time_ratio.median, c.time_ratio.low,
             c.time_ratio.high, c.time_ratio.low > 1.05 ? " BEHIND" : "");
    printf("%s%s\n", t->reason[r][0] != '\0' ? "  " : "", t->reason[r]);
  }
  printf("\n%-20s %-10s", "peak RSS (median)", "MB");
  for (size_t p = 0; p < t->peer_count; p++) printf(" %9.9s", t->peers[p].name);
  printf("  best peer   ratio [95%%]\n");
  for (size_t r = 0; r < t->row_count; r++) {
    struct peer_comparison c = peer_table_compare(t, r);
    printf("%-20s %-10s", t->rows[r]->name, "");
    for (size_t p = 0; p < t->peer_count; p++) {
      double v = peer_table_cell(t, r, p).rss_bytes.median;
      if (isnan(v)) printf(" %9s", "-");
      else printf(" %9.2f", v / 1e6);
    }
    if (c.rss_ratio.count > 0)
      printf("  %-10s %6.3f [%.3f, %.3f]", t->peers[c.best_rss].name, c.rss_ratio.median, c.rss_ratio.low,
             c.rss_ratio.high);
    putchar('\n');
  }
  for (size_t p = 0; p < t->peer_count; p++)
    if (t->peers[p].reason[0] != '\0') printf("%s did not take part: %s\n", t->peers[p].name, t->peers[p].reason);
}

static int list_rows(void) {
  for (const struct peer_row *r = peer_rows; r->name != NULL; r++)
    printf("%-20s %-10s %s\n", r->name, r->unit, r->summary);
  return EXIT_DONE;
}

/* --also NAME=LIB and --peers a,b */
static int choose_peers(const struct invocation *inv, struct peer *peers, size_t *count) {
  struct error err = { 0 };
  char own[PATH_MAX];
  const char *lib = option_string(inv, "lib");
  if (lib != NULL && preload_find(lib, own, &err) != 0) return command_reject(inv, &err);
  size_t n = peers_find(lib, peers, PEERS_MAX);
  for (char *const *also = option_list(inv, "also"); *also != NULL; also++, n++) {
    const char *eq = strchr(*also, '=');
    /* names are columns of tables and fields of CSV */
    if (eq == NULL || eq == *also || n == PEERS_MAX ||
        strspn(*also, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") != (size_t)(eq - *also))
      return command_usage(inv, "--also wants NAME=LIBRARY, NAME of letters, digits and . _ + -, not '%s'", *also);
    memset(&peers[n], 0, sizeof peers[n]);
    snprintf(peers[n].name, sizeof peers[n].name, "%.*s", (int)(eq - *also), *also);
    if (preload_find(eq + 1, peers[n].library, &err) != 0) return command_reject(inv, &err);
  }
  const char *names[PEERS_MAX + 1] = { NULL };
  for (size_t i = 0; i < n; i++) names[i] = peers[i].name;
  for (const char *p = option_string(inv, "peers"); p != NULL && *p != '\0'; p += strcspn(p, ","), p += *p == ',') {
    char name[64];
    size_t known = 0;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(p, ","), p);
    while (names[known] != NULL && strcmp(names[known], name) != 0) known++;
    if (names[known] == NULL) {
      names_unknown(&err, "allocator", name, names);
      return command_reject(inv, &err);
    }
  }
  size_t kept = 1;
  for (size_t i = 1; i < n; i++)
    if (listed(option_string(inv, "peers"), peers[i].name)) {
      if (kept != i) peers[kept] = peers[i];
      kept++;
    }
  *count = kept;
  return 0;
}

/* What a build with gates compiled in loses to others is the gates' cost. */
static void note_gates(const struct invocation *inv, const char *library) {
  struct elf_object object;
  struct elf_places places = { 0 };
  struct error ignored = { 0 };
  if (library[0] == '\0' || elf_object_open(&object, library, &ignored) != 0) return;
  if (elf_object_notes(&object, "hakmem", "*", &places, &ignored) == 0 && places.count != 0)
    command_note(
        inv,
        "hakmem has telemetry compiled in (hakmem-harness sites --binary %s): that is compared with the others;\n"
        "  without --lib what ships is, which has none (`make libhakmem-plain.la` where it is not built)",
        library);
  elf_places_free(&places);
  elf_object_close(&object);
}

static int run_peers(const struct invocation *inv) {
  static struct peer peers[PEERS_MAX];
  static struct peer_table table;
  struct error err = { 0 };
  struct results results;
  struct output output = { .samples = NULL };
  size_t count = 0;
  if (option_is_set(inv, "list")) return list_rows();
  int rc = check_list(inv, option_string(inv, "rows"));
  if (rc == 0) rc = choose_peers(inv, peers, &count);
  if (rc != 0) return rc;
  if (peers[0].reason[0] != '\0') command_note(inv, "hakmem does not take part: %s", peers[0].reason);
  else note_gates(inv, peers[0].library);
  table.peers = peers;
  table.peer_count = count;
  for (const struct peer_row *r = peer_rows; r->name != NULL; r++) {
    if (!listed(option_string(inv, "rows"), r->name)) continue;
    if (r->needs != NULL && !program_found(r->needs)) {
      command_note(inv, "row %s left out: %s is not installed", r->name, r->needs);
      continue;
    }
    table.rows[table.row_count++] = r;
  }
  rc = results_create(&results, inv->out_dir, "peers", option_is_set(inv, "rows") ? option_string(inv, "rows") : "all",
                      &err);
  if (rc != 0) return command_fail(&err);
  output.samples = results_append(&results, "samples.csv", &err);
  if (output.samples != NULL) fputs("repetition,row,allocator,time_ns,peak_rss_bytes\n", output.samples);
  progress_start(&output.progress, "peers", inv->quiet);
  struct peers_run_spec spec = {
    .budget_s = option_seconds(inv, "budget"),
    .min_repetitions = option_u64(inv, "min-repetitions"),
    .max_repetitions = PEER_REPETITIONS_MAX,
    .seed = inv->seed_given ? inv->seed : 1,
    .progress = on_progress,
    .sampled = on_sample,
    .context = &output,
  };
  rc = peers_run(&table, &spec, &err);
  progress_finish(&output.progress);
  if (output.samples != NULL) fclose(output.samples);
  int code = rc != 0 ? command_fail(&err) : EXIT_DONE;
  json_t *json = table_json(&table, rc != 0, results.path);
  if (results_write_json(&results, "result.json", json, &err) != 0) code = command_fail(&err);
  if (inv->json) json_print(json);
  else {
    print_table(&table);
    printf("%zu repetition%s, interleaved; data in %s\n", table.repetitions, units_plural(table.repetitions, "", "s"),
           results.path);
  }
  json_decref(json);
  results_close(&results);
  peer_table_free(&table);
  return code;
}

static const char *const synopsis[] = { "[--rows R,…] [--peers P,…] [--budget S] [--lib F] [--also NAME=LIB]… [--json]",
                                        "--list", NULL };
static const struct option_spec options[] = {
  { "rows", 0, OPTION_STRING, "R,…", "only these rows", NULL },
  { "peers", 0, OPTION_STRING, "P,…", "only these of glibc, mimalloc, jemalloc, tcmalloc (and --also names)", NULL },
  { "budget", 0, OPTION_SECONDS, "S", "stop after the repetition in which this is spent", "120" },
  { "min-repetitions", 0, OPTION_TIMES, "N", "but not before so many", "3" },
  { "lib", 0, OPTION_STRING, "F", "another build of libhakmem.so to stand for hakmem", NULL },
  { "also", 0, OPTION_LIST, "NAME=LIB", "a further malloc library", NULL },
  { "list", 0, OPTION_FLAG, NULL, "list the rows", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_peers = {
  .name = "peers",
  .summary = "compare HAKMEM with the packaged allocators",
  .synopsis = synopsis,
  .description = "Every allocator does every row once in each repetition, in random order, through LD_PRELOAD.\n"
                 "Times and peak RSS are medians over the repetitions; a ratio is HAKMEM to the best of the\n"
                 "others on that row, taken repetition by repetition (below 1: HAKMEM is ahead). BEHIND marks\n"
                 "a row whose whole interval is above 1.05.",
  .options = options,
  .common = "jqo",
  .run = run_peers,
};
