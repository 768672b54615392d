/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phase_table.c: see phase_table.h. */
#include "harness/phase/phase_table.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define NA NAN
static const struct phase table[] = {
#define PHASE(id, name, kind, gates, stopped, with, env, workload, out, in, out_dev, in_dev, out_med, in_med, printed, \
              printed_med, low, high, verdict, atomics, text)                                                          \
 { id,     name,    kind,   gates,   stopped,     with, env,  workload, out,     in,  out_dev,                         \
   in_dev, out_med, in_med, printed, printed_med, low,  high, verdict,  atomics, text },
#include "harness/phase/phases.def"
#undef PHASE
};

static const char *const ids[] = {
#define PHASE(id, ...) id,
#include "harness/phase/phases.def"
#undef PHASE
  0,
};

size_t phase_count(void) { return sizeof table / sizeof *table; }

const struct phase *phase_at(size_t index) { return &table[index]; }

const struct phase *phase_find(const char *id) {
  for (size_t i = 0; i < phase_count(); i++)
    if (strcasecmp(table[i].id, id) == 0) return &table[i];
  return 0;
}

const char *const *phase_ids(void) { return ids; }

/* Whether GATE is one of GATES ("a,b"). */
static bool has_gate(const char *gates, const char *gate, size_t length) {
  for (const char *at = gates; *at != '\0'; at += strcspn(at, ","), at += *at == ',')
    if (strcspn(at, ",") == length && strncmp(at, gate, length) == 0) return true;
  return false;
}

/* Whether Q counts each gate of P: it has more, or the same ones in a line above. */
static bool counts_all_of(const struct phase *q, const struct phase *p) {
  size_t theirs = strlen(q->gates), ours = strlen(p->gates);
  if (q->kind != PHASE_MEASURED || q == p || theirs < ours || (theirs == ours && q > p)) return false;
  for (const char *at = p->gates; *at != '\0'; at += strcspn(at, ","), at += *at == ',')
    if (!has_gate(q->gates, at, strcspn(at, ","))) return false;
  return true;
}

bool phase_is_part(const struct phase *p) {
  if (p->kind != PHASE_MEASURED) return false;
  for (size_t i = 0; i < phase_count(); i++)
    if (counts_all_of(&table[i], p)) return false;
  return true;
}

double phase_source_pct(const struct phase *p, bool median) {
  double out = median ? p->out_median_mops : p->out_mops, in = median ? p->in_median_mops : p->in_mops;
  return (out - in) / in * 100;
}

/* 57.8 is printed with one digit, 53.14 with two. */
static double half_unit(double mops) { return fabs(mops * 10 - round(mops * 10)) < 1e-9 ? 0.05 : 0.005; }

bool phase_source_disagrees(const struct phase *p, bool median) {
  double out = median ? p->out_median_mops : p->out_mops, in = median ? p->in_median_mops : p->in_mops;
  double printed = median ? p->printed_median_pct : p->printed_pct;
  if (isnan(out) || isnan(printed)) return false;
  double low = (out - half_unit(out)) / (in + half_unit(in)), high = (out + half_unit(out)) / (in - half_unit(in));
  return printed + 0.005 < (low - 1) * 100 || printed - 0.005 > (high - 1) * 100;
}
