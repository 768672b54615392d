/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pairs.c: see pairs.h. */
#include "harness/data/pairs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/data/block_fit.h"

static bool hit(const struct sample *s, bool check_hits) { return check_hits && s->hit_share > PAIRS_HIT_MAX; }

static bool stolen(const struct sample *a, const struct sample *b) {
  long ticks = a->steal_ticks > b->steal_ticks ? a->steal_ticks : b->steal_ticks;
  double wall = (double)(a->ended_ns - a->started_ns + b->ended_ns - b->started_ns) / 1e9;
  /* one tick is 10 ms, about a whole process: a single one may be anybody's */
  return ticks > 1 && (double)ticks / (double)sysconf(_SC_CLK_TCK) > PAIRS_STEAL_MAX * wall;
}

static struct pair *new_pair(struct pairs *p) {
  if (p->count == p->room) {
    size_t room = p->room ? 2 * p->room : 256;
    struct pair *more = reallocarray(p->pair, room, sizeof *more);
    if (!more) return NULL;
    p->pair = more;
    p->room = room;
  }
  return &p->pair[p->count++];
}

int pairs_add(struct pairs *p, const struct sample *a, const struct sample *b, bool check_hits) {
  if (a->pair != b->pair || a->side == b->side || !a->complete || !b->complete) return 0;
  const struct sample *baseline = a->side == 0 ? a : b, *research = a->side == 0 ? b : a;
  double value = research->log_ns - baseline->log_ns;
  if (isnan(value)) return 0;
  struct pair *q = new_pair(p);
  if (!q) return -ENOMEM;
  q->index = a->pair;
  q->kind = a->kind;
  q->log_ns[0] = baseline->log_ns;
  q->log_ns[1] = research->log_ns;
  q->value = value;
  q->mean_value = research->log_mean_ns - baseline->log_mean_ns;
  q->disturbed = hit(a, check_hits) || hit(b, check_hits) || stolen(a, b);
  if (a->width > 0 && b->width > 0) {
    q->width = fmax(a->width, b->width);
    q->narrowest = fmin(a->narrowest, b->narrowest);
  } else {
    q->width = q->narrowest = 0;
  }
  q->side_width[0] = baseline->width_mid;
  q->side_width[1] = research->width_mid;
  q->elapsed_s = fmax(a->elapsed_s, b->elapsed_s);
  p->tests += q->kind == SAMPLE_TEST;
  return 0;
}

int pairs_add_toggle(struct pairs *p, const struct sample *s) {
  if (!s->complete || isnan(s->toggle_log)) return 0;
  struct pair *q = new_pair(p);
  if (!q) return -ENOMEM;
  *q = (struct pair){ .index = s->pair,
                      .kind = s->kind,
                      .log_ns = { NAN, NAN },
                      .value = s->toggle_log,
                      .mean_value = s->toggle_log,
                      .disturbed = hit(s, true),
                      .width = s->width,
                      .narrowest = s->narrowest,
                      .side_width = { s->width_mid, s->width_mid },
                      .elapsed_s = s->elapsed_s };
  p->tests += q->kind == SAMPLE_TEST;
  return 0;
}

int pairs_of_toggles(struct pairs *p, const struct sample *list, size_t count) {
  int rc = 0;
  *p = (struct pairs){ 0 };
  for (size_t i = 0; i < count && rc == 0; i++) rc = pairs_add_toggle(p, &list[i]);
  if (rc) pairs_free(p);
  return rc;
}

int pairs_of_samples(struct pairs *p, const struct sample *list, size_t count, bool check_hits) {
  int rc = 0;
  *p = (struct pairs){ 0 };
  for (size_t i = 1; i < count && rc == 0; i++) rc = pairs_add(p, &list[i - 1], &list[i], check_hits);
  if (rc) pairs_free(p);
  return rc;
}

void pairs_free(struct pairs *p) {
  free(p->pair);
  *p = (struct pairs){ 0 };
}

static struct estimate over(const struct pairs *p, enum sample_kind kind, enum pairs_core core, double alpha,
                            bool mean) {
  double *x = malloc((p->count + 1) * sizeof *x);
  size_t n = 0;
  struct estimate e = stats_none();
  if (!x) return e;
  for (size_t i = 0; i < p->count; i++)
    if (p->pair[i].kind == kind && pairs_in(p, &p->pair[i], core))
      x[n++] = mean ? p->pair[i].mean_value : p->pair[i].value;
  e = block_fit_trimmed(x, n, mean ? 0 : STATS_TRIM, alpha);
  free(x);
  return e;
}

struct estimate pairs_trimmed(const struct pairs *p, enum sample_kind kind, enum pairs_core core, double alpha) {
  return over(p, kind, core, alpha, false);
}

struct estimate pairs_mean(const struct pairs *p, enum sample_kind kind, enum pairs_core core, double alpha) {
  return over(p, kind, core, alpha, true);
}

double pairs_ns(const struct pairs *p, enum pairs_core core, unsigned side) {
  double sum = 0;
  size_t n = 0;
  for (size_t i = 0; i < p->count; i++)
    if (p->pair[i].kind == SAMPLE_TEST && pairs_in(p, &p->pair[i], core)) {
      sum += p->pair[i].log_ns[side];
      n++;
    }
  return n ? exp(sum / (double)n) : NAN;
}

double pairs_disturbed_pct(const struct pairs *p, enum pairs_core core) {
  size_t used = 0, disturbed = 0;
  for (size_t i = 0; i < p->count; i++) {
    bool in = pairs_in(p, &p->pair[i], core);
    used += in;
    disturbed += in && p->pair[i].disturbed;
  }
  return used ? 100.0 * (double)disturbed / (double)used : NAN;
}
