/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust_line.c: see trust_line.h. */
#include "harness/data/trust_line.h"

const char *const trust_workload_names[] = { "random_mixed", "remote-free-50", "replay", "command", NULL };
const char *const trust_kind_names[] = { "aa",     "aa-relinked", "nops-1", "nops-2", "nops-4",
                                         "nops-8", "nops-16",     "lock-1", NULL };

#define S struct trust_line
#define COUNT(key, m) \
 { key, COLUMN_COUNT, offsetof(S, m), false, NULL, NULL }
#define SMALL(key, m) \
 { key, COLUMN_SMALL, offsetof(S, m), false, NULL, NULL }
#define REAL(key, m) \
 { key, COLUMN_REAL, offsetof(S, m), true, "%.6g", NULL }
#define WORD(key, m, names) \
 { key, COLUMN_WORD, offsetof(S, m), true, NULL, names }
#define END(key, i)                                                                                                 \
 COUNT(key "_pairs", end[i].pairs), REAL(key, end[i].gain), REAL(key "_se", end[i].se), REAL(key "_df", end[i].df), \
     REAL(key "_low", end[i].low), REAL(key "_high", end[i].high), WORD(key "_verdict", end[i].verdict, verdict_names)
#define TEN(key, m) REAL(key "_mean", m.mean_pct), REAL(key "_welch_p", m.welch_p), REAL(key "_rank_p", m.rank_p)

static const struct column lines[] = {
  SMALL("engine", engine),
  COUNT("time", time),
  COUNT("seed", seed),
  WORD("workload", workload, trust_workload_names),
  WORD("kind", kind, trust_kind_names),
  SMALL("threads", threads),
  REAL("budget", budget_s),
  REAL("elapsed", elapsed_s),
  COUNT("pairs", pairs),
  WORD("verdict", verdict, verdict_names),
  WORD("core", core, pairs_core_names),
  REAL("gain", gain),
  REAL("se", se),
  REAL("df", df),
  REAL("low", low),
  REAL("high", high),
  REAL("level", level),
  END("alone", CORE_END_ALONE),
  END("shared", CORE_END_SHARED),
  REAL("ns", ns_per_op),
  REAL("alone_pct", alone_pct),
  REAL("disturbed_pct", disturbed_pct),
  REAL("steal_pct", steal_pct),
  REAL("others_pct", others_pct),
  REAL("load", load),
  REAL("waiting_pct", waiting_pct),
  TEN("order", in_order),
  TEN("mixed", interleaved),
  REAL("tango_mean", paired.mean_pct),
  REAL("tango_z", paired.z),
  { "machine", COLUMN_TEXT, offsetof(S, machine), false, NULL, NULL },
};
const struct columns trust_columns = {
  .file = "campaigns.csv",
  .size = sizeof(S),
  COLUMNS_OF(lines),
  .advice = "begin another file: lines of two versions are not put together",
};
#undef S
