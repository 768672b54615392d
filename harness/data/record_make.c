/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_make.c: from a campaign's raw samples to the pairs and the thinned rounds that are kept,
 * in memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/data/record_internal.h"

static int by_pair(const void *a, const void *b) {
  const struct sample *x = a, *y = b;
  return x->pair != y->pair ? (x->pair > y->pair ? 1 : -1) : (int)x->side - (int)y->side;
}

/* i, i + 1 are the two processes of one whole pair. */
static bool whole(const struct sample *s, size_t i, size_t count) {
  return i + 1 < count && s[i].pair == s[i + 1].pair && s[i].side == 0 && s[i + 1].side == 1 && s[i].complete &&
         s[i + 1].complete && isfinite(s[i].log_ns) && isfinite(s[i + 1].log_ns);
}

/* The core was not in the state that the estimates are of. */
static bool left_out(const struct sample *a, const struct sample *b, const struct ab_core *core) {
  if (core->pairs_left_out <= 0) return false;
  struct pairs p = { .width_alone = core->width_alone > 0 ? core->width_alone : 0 };
  struct pair pair = { .width = fmax(a->width, b->width) };
  return !pairs_in(&p, &pair, core->state == PAIRS_SHARED ? PAIRS_SHARED : PAIRS_ALONE);
}

static int add_pair(struct record_samples *out, const struct sample *a, const struct sample *b,
                    const struct ab_core *core, struct error *err) {
  struct pairs one = { 0 };
  struct record_pair *p = NULL;
  int rc = pairs_add(&one, a, b, true);
  if (rc == 0 && one.count == 1) {
    p = fields_append(&out->pairs, sizeof *p);
    rc = p ? 0 : -ENOMEM;
  }
  if (p) {
    *p = (struct record_pair){ .pair = a->pair,
                               .kind = a->kind,
                               .first = a->place == 0 ? 0 : 1,
                               .elapsed_s = b->elapsed_s,
                               .ns = { exp(a->log_ns), exp(b->log_ns) },
                               .mean_ns = { exp(a->log_mean_ns), exp(b->log_mean_ns) },
                               .disturbed = one.pair[0].disturbed,
                               .left_out = left_out(a, b, core) };
    columns_round(&record_pair_columns, p);
  }
  pairs_free(&one);
  return rc ? error_raise(err, ERROR_INTERNAL, rc, "out of memory") : 0;
}

struct choice { /* pairs whose rounds are kept */
  uint64_t pair[RECORD_ROUND_PAIRS];
  size_t count;
  struct record_samples *out;
};

static int add_round(void *context, const struct round_line *line, struct error *err) {
  struct choice *c = context;
  bool kept = false;
  for (size_t i = 0; i < c->count; i++) kept |= c->pair[i] == line->pair;
  if (!kept || line->ops == 0) return 0;
  struct record_round *r = fields_append(&c->out->rounds, sizeof *r);
  if (!r) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  *r = (struct record_round){
    .pair = line->pair, .side = line->side, .round = line->round, .ns = (double)line->wall_ns / (double)line->ops
  };
  columns_round(&record_round_columns, r);
  return 0;
}

static int from_samples(struct results *from, struct sample *s, size_t count, const struct ab_core *core,
                        struct record_samples *out, struct error *err) {
  size_t tests = 0, seen = 0;
  struct choice choice = { .out = out };
  int rc = 0;
  qsort(s, count, sizeof *s, by_pair);
  for (size_t i = 0; i < count; i++)
    tests += whole(s, i, count) && s[i].kind == SAMPLE_TEST && !left_out(&s[i], &s[i + 1], core);
  size_t step = (tests + RECORD_ROUND_PAIRS - 1) / RECORD_ROUND_PAIRS;
  for (size_t i = 0; i < count && rc == 0; i++) {
    if (!whole(s, i, count)) continue;
    if (s[i].kind == SAMPLE_TEST && !left_out(&s[i], &s[i + 1], core) && seen++ % step == 0 &&
        choice.count < RECORD_ROUND_PAIRS)
      choice.pair[choice.count++] = s[i].pair;
    rc = add_pair(out, &s[i], &s[i + 1], core, err);
  }
  return rc ? rc : samples_rounds(from, false, add_round, &choice, err);
}

int record_make(const char *campaign_dir, const struct ab_core *core, struct record_samples *out, struct error *err) {
  struct results from;
  struct sample *s = NULL;
  size_t count = 0;
  char path[PATH_MAX];
  memset(out, 0, sizeof *out);
  snprintf(path, sizeof path, "%.3900s/%s", campaign_dir, process_columns.file);
  if (access(path, F_OK) != 0) return -ENOENT;
  int rc = results_open(&from, campaign_dir, err);
  if (rc) return rc;
  rc = samples_load(&from, false, &s, &count, err);
  if (rc == 0) rc = from_samples(&from, s, count, core, out, err);
  free(s);
  results_close(&from);
  if (rc) record_samples_free(out);
  return rc;
}
