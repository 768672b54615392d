/* SPDX-License-Identifier: GPL-3.0-or-later */
/* record_distil.c: from a campaign's raw samples to the pairs and the thinned rounds that are kept. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/foreign_file.h"
#include "harness/data/pairs.h"
#include "harness/report/record.h"

static int by_pair(const void *a, const void *b) {
  const struct sample *x = a, *y = b;
  return x->pair != y->pair ? (x->pair > y->pair ? 1 : -1) : (int)x->side - (int)y->side;
}

/* i, i + 1 are the two processes of one whole pair. */
static bool whole(const struct sample *s, size_t i, size_t count) {
  return i + 1 < count && s[i].pair == s[i + 1].pair && s[i].side == 0 && s[i + 1].side == 1 && s[i].complete &&
         s[i + 1].complete && isfinite(s[i].log_ns) && isfinite(s[i + 1].log_ns);
}

/* What the campaign's result says of the core. */
struct core {
  double width_alone;     /* 0: not known */
  enum pairs_core judged; /* which pairs the estimates are over */
};

static struct core core_of(const char *dir) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.4000s/result.json", dir);
  json_t *result = foreign_file_json(path, NULL), *o = json_object_get(result, "core"),
         *width = json_object_get(o, "width_alone");
  struct core core = { json_is_number(width) ? json_number_value(width) : 0,
                       pairs_core_of(json_string_value(json_object_get(o, "state"))) };
  json_decref(result);
  return core;
}

static bool left_out(const struct sample *a, const struct sample *b, const struct core *core) {
  struct pairs p = { .width_alone = core->width_alone };
  struct pair pair = { .width = fmax(a->width, b->width) };
  return !pairs_in(&p, &pair, core->judged);
}

static int write_pair(FILE *f, const struct sample *a, const struct sample *b, const struct core *core) {
  struct pairs one = { 0 };
  int rc = pairs_add(&one, a, b, true);
  if (rc == 0 && one.count == 1)
    fprintf(f, RECORD_PAIRS_LINE, a->pair, a->kind == SAMPLE_CONTROL ? "control" : "test", a->place == 0 ? 0 : 1,
            b->elapsed_s, exp(a->log_ns), exp(b->log_ns), exp(a->log_mean_ns), exp(b->log_mean_ns),
            one.pair[0].disturbed, left_out(a, b, core));
  pairs_free(&one);
  return rc;
}

static bool kept(const uint64_t *list, size_t n, uint64_t pair) {
  for (size_t i = 0; i < n; i++)
    if (list[i] == pair) return true;
  return false;
}

static int copy_rounds(struct results *from, struct results *into, const uint64_t *list, size_t n, struct error *err) {
  char path[PATH_MAX], line[512];
  snprintf(path, sizeof path, "%.4000s/rounds.csv", from->path);
  FILE *in = foreign_file_stream(path, NULL), *out = in ? results_append(into, "rounds.csv", err) : NULL;
  if (!in) return error_set_errno(err, -errno, "cannot read %s", path);
  if (!out) {
    fclose(in);
    return err->code;
  }
  fputs(RECORD_ROUNDS_HEAD, out);
  while (fgets(line, sizeof line, in)) {
    uint64_t pair, wall, ops;
    unsigned side, round;
    if (sscanf(line, "%" SCNu64 ",%u,%u,%" SCNu64 ",%*u,%" SCNu64, &pair, &side, &round, &wall, &ops) == 5 && ops &&
        kept(list, n, pair))
      fprintf(out, RECORD_ROUNDS_LINE, pair, side, round, (double)wall / (double)ops);
  }
  fclose(in);
  return fclose(out) == 0 ? 0 : error_set_errno(err, -errno, "cannot write %s/rounds.csv", into->path);
}

int record_distil(const char *campaign_dir, struct results *into, struct error *err) {
  struct results from;
  struct sample *s = NULL;
  size_t count = 0, tests = 0, seen = 0, n = 0;
  struct core core = core_of(campaign_dir);
  uint64_t keep[RECORD_ROUND_PAIRS];
  int rc = results_open(&from, campaign_dir, err);
  if (rc) return rc;
  rc = samples_load(&from, &s, &count, err);
  FILE *f = rc ? NULL : results_append(into, "pairs.csv", err);
  if (rc == 0 && !f) rc = err->code;
  if (rc) goto out;
  qsort(s, count, sizeof *s, by_pair);
  for (size_t i = 0; i < count; i++)
    tests += whole(s, i, count) && s[i].kind == SAMPLE_TEST && !left_out(&s[i], &s[i + 1], &core);
  size_t step = (tests + RECORD_ROUND_PAIRS - 1) / RECORD_ROUND_PAIRS;
  fputs(RECORD_PAIRS_HEAD, f);
  for (size_t i = 0; i < count && rc == 0; i++) {
    if (!whole(s, i, count)) continue;
    if (s[i].kind == SAMPLE_TEST && !left_out(&s[i], &s[i + 1], &core) && seen++ % step == 0 && n < RECORD_ROUND_PAIRS)
      keep[n++] = s[i].pair;
    rc = write_pair(f, &s[i], &s[i + 1], &core);
  }
  if (fclose(f) != 0 && rc == 0) rc = error_set_errno(err, -errno, "cannot write %s/pairs.csv", into->path);
  if (rc == 0) rc = copy_rounds(&from, into, keep, n, err);
out:
  free(s);
  results_close(&from);
  return rc;
}
