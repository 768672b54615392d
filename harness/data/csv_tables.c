/* SPDX-License-Identifier: GPL-3.0-or-later */
/* csv_tables.c: see csv_tables.h. */
#include "harness/data/csv_tables.h"

#define COUNT(key, m) \
 { key, COLUMN_COUNT, offsetof(S, m), false, NULL, NULL }
#define OPTIONAL(key, m) \
 { key, COLUMN_COUNT, offsetof(S, m), true, NULL, NULL }
#define SMALL(key, m) \
 { key, COLUMN_SMALL, offsetof(S, m), false, NULL, NULL }
#define SIGNED(key, m) \
 { key, COLUMN_SIGNED, offsetof(S, m), false, NULL, NULL }
#define REAL(key, m, format) \
 { key, COLUMN_REAL, offsetof(S, m), false, format, NULL }
#define OPTIONAL_REAL(key, m, format) \
 { key, COLUMN_REAL, offsetof(S, m), true, format, NULL }
#define WORD(key, m, names) \
 { key, COLUMN_WORD, offsetof(S, m), false, NULL, names }
#define FLAG(key, m) \
 { key, COLUMN_FLAG, offsetof(S, m), false, NULL, NULL }

static const char *const kinds[] = { "test", "control", NULL };

#define S struct round_line
static const struct column rounds[] = {
  COUNT("pair", pair),
  SMALL("side", side),
  SMALL("round", round),
  COUNT("wall_ns", wall_ns),
  COUNT("tsc", tsc),
  COUNT("ops", ops),
  COUNT("allocs", allocs),
  COUNT("frees", frees),
  COUNT("tiny_frees", tiny_frees),
  SMALL("minor_faults", minor_faults),
  SMALL("major_faults", major_faults),
  SMALL("voluntary", voluntary),
  SMALL("involuntary", involuntary),
  SMALL("cpu", cpu),
  SMALL("migrated", migrated),
  SMALL("toggled", toggled),
  OPTIONAL("cycles", pmu[0]),
  OPTIONAL("instructions", pmu[1]),
  OPTIONAL("cache_misses", pmu[2]),
  OPTIONAL("branch_misses", pmu[3]),
  OPTIONAL("enabled_ns", enabled_ns),
  OPTIONAL("running_ns", running_ns),
  OPTIONAL_REAL("width", width, "%.5f"),
  OPTIONAL("wait_ns", wait_ns),
};
const struct columns round_columns = {
  .file = "rounds.csv",
  .size = sizeof(S),
  COLUMNS_OF(rounds),
  .oldest = sizeof rounds / sizeof *rounds - 1,
  .advice = "a version that did not look at the core has no width: finish it with that, or measure anew",
};
#undef S

#define S struct sample
static const struct column processes[] = {
  COUNT("pair", pair),
  SMALL("side", side),
  WORD("kind", kind, kinds),
  SMALL("place", place),
  COUNT("seed", seed),
  SMALL("run", run),
  SMALL("rounds", rounds),
  FLAG("complete", complete),
  COUNT("started_ns", started_ns),
  COUNT("ready_ns", ready_ns),
  COUNT("ended_ns", ended_ns),
  COUNT("cpu_ns", cpu_ns),
  COUNT("max_rss_bytes", max_rss_bytes),
  SIGNED("steal_ticks", steal_ticks),
  REAL("elapsed_s", elapsed_s, "%.6f"),
  SMALL("pmu", pmu_count),
};
const struct columns process_columns = { .file = "processes.csv", .size = sizeof(S), COLUMNS_OF(processes) };
#undef S

#define S struct look_line
static const struct column looks[] = {
  SMALL("look", look),
  REAL("planned_s", planned_s, "%.9g"),
  COUNT("pairs", pairs),
  REAL("alpha", alpha, "%.9g"),
  REAL("estimate", estimate, "%.6f"),
  REAL("low", low, "%.6f"),
  REAL("high", high, "%.6f"),
  WORD("verdict", verdict, verdict_names),
  { "core", COLUMN_WORD, offsetof(S, core), true, NULL, pairs_core_names },
};
const struct columns look_columns = { .file = "looks.csv", .size = sizeof(S), COLUMNS_OF(looks) };
#undef S

#define S struct run_line
static const struct column runs[] = {
  COUNT("pair", pair),
  SMALL("side", side),
  SMALL("place", place),
  OPTIONAL("exit_code", exit_code),
  OPTIONAL("signal", signal),
  REAL("elapsed_s", elapsed_s, "%.6f"),
  { "output", COLUMN_TEXT, offsetof(S, output), false, NULL, NULL },
};
const struct columns run_columns = { .file = "runs.csv", .size = sizeof(S), COLUMNS_OF(runs) };
#undef S

#define S struct arm_run
static const struct column timings[] = {
  COUNT("block", block),
  SMALL("arm", arm),
  SMALL("place", place),
  REAL("ns", ns, "%.12g"),
  COUNT("user_ns", user_ns),
  COUNT("system_ns", system_ns),
  COUNT("max_rss_bytes", max_rss_bytes),
  COUNT("minor_faults", minor_faults),
  COUNT("voluntary", voluntary),
  COUNT("involuntary", involuntary),
  COUNT("exit_code", exit_code),
  REAL("elapsed_s", elapsed_s, "%.6f"),
  OPTIONAL("cycles", pmu[0]),
  OPTIONAL("instructions", pmu[1]),
  OPTIONAL("cache_misses", pmu[2]),
  OPTIONAL("branch_misses", pmu[3]),
};
const struct columns timing_columns = {
  .file = "timings.csv", .size = sizeof(S), COLUMNS_OF(timings), .oldest = sizeof timings / sizeof *timings - 4
};
#undef S

#define S struct record_pair
static const struct column record_pairs[] = {
  COUNT("pair", pair),
  WORD("kind", kind, kinds),
  SMALL("first", first),
  REAL("elapsed_s", elapsed_s, "%.2f"),
  REAL("out_ns", ns[0], "%.6g"),
  REAL("in_ns", ns[1], "%.6g"),
  REAL("out_mean_ns", mean_ns[0], "%.6g"),
  REAL("in_mean_ns", mean_ns[1], "%.6g"),
  FLAG("disturbed", disturbed),
  FLAG("left_out", left_out),
};
const struct columns record_pair_columns = { .file = "pairs.csv", .size = sizeof(S), COLUMNS_OF(record_pairs) };
#undef S

#define S struct record_round
static const struct column record_rounds[] = {
  COUNT("pair", pair),
  SMALL("side", side),
  SMALL("round", round),
  REAL("ns_per_op", ns, "%.4g"),
};
const struct columns record_round_columns = { .file = "rounds.csv", .size = sizeof(S), COLUMNS_OF(record_rounds) };
#undef S
