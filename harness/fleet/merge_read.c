/* SPDX-License-Identifier: GPL-3.0-or-later */
/* merge_read.c: one result of `pack run`; see merge.h. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/ab/campaign.h"
#include "harness/core/foreign_file.h"
#include "harness/core/units.h"
#include "harness/fleet/merge.h"
#include "harness/fleet/pack_log.h"

/* A million pairs are 150 MB. */
#define RESULT_BYTES_MAX (UINT64_C(4) << 30)
/* A hundredth of the last digit of a pair, in percent: what is less is rounding. */
#define SE_LEAST_PCT 1e-7

/* Somebody else's words on our terminal and page: one line, printable, of bounded length. */
static void make_printable(char *text) {
  size_t n = 0;
  for (; text[n] && n < 120; n++)
    if ((unsigned char)text[n] < ' ' || text[n] == 127 || strchr("|<>`\\", text[n])) text[n] = ' ';
  text[n] = '\0';
}

static void make_model(const struct machine *m, char **model) {
  const char *smt = !m->smt ? "unknown" : strcmp(m->smt, "1") == 0 ? "on" : strcmp(m->smt, "0") == 0 ? "off" : m->smt;
  char part[6][128];
  const char *const from[6] = { m->cpu, m->cpu_model, m->stepping, m->microcode, m->kernel, smt };
  for (int i = 0; i < 6; i++) {
    snprintf(part[i], sizeof part[i], "%.120s", from[i] ? from[i] : "unknown");
    make_printable(part[i]);
  }
  fields_text(model, "%s (model %s, stepping %s, microcode %s, Linux %s, SMT %s)", part[0], part[1], part[2], part[3],
              part[4], part[5]);
}

/* The pairs, thinned where they are too many. Returns how many there are in the file; -1: no memory. */
static int64_t take_pairs(struct pack_log_reader *reader, struct pairs *p) {
  struct pair pair;
  size_t stride = 1, phase = 0;
  p->pair = calloc(MERGE_PAIRS_MAX, sizeof *p->pair);
  if (!p->pair) return -1;
  while (pack_log_next(reader, &pair) > 0) {
    if (phase++ % stride != 0) continue;
    if (p->count == MERGE_PAIRS_MAX) {
      for (size_t i = 0; i < MERGE_PAIRS_MAX / 2; i++) p->pair[i] = p->pair[2 * i];
      p->count = MERGE_PAIRS_MAX / 2;
      stride *= 2;
      if ((phase - 1) % stride != 0) continue;
    }
    p->pair[p->count++] = pair;
  }
  for (size_t i = 0; i < p->count; i++) p->tests += p->pair[i].kind == SAMPLE_TEST;
  return reader->pairs;
}

/* As the campaign itself judges its pairs, beside the company that its end names; older results name none. */
static void judge(struct merge_input *in, struct pairs *p, double width_alone, double elapsed_s,
                  struct verdict_company company) {
  static struct campaign c;
  bool probed = false; /* else nothing is known of the core, whatever the machine's width is */
  for (size_t i = 0; i < p->count; i++) probed |= p->pair[i].width > 0;
  memset(&c, 0, sizeof c);
  c.spec = (struct campaign_spec){ .baseline_name = "a",
                                   .margin_pct = in->head.margin_pct,
                                   .level = in->head.level,
                                   .width_alone = probed && width_alone > 0 ? width_alone : 0 };
  c.pairs = *p;
  c.elapsed_s = elapsed_s;
  campaign_judge(&c, 1 - in->head.level);
  verdict_beside(&company, &c.gain_pct, in->head.margin_pct, &c.verdict);
  struct merge_run *r = &in->run;
  r->gain_pct = c.gain_pct;
  r->mean_gain_pct = stats_known(&c.mean_gain_pct) ? c.mean_gain_pct : stats_none();
  r->control_pct = stats_known(&c.control_pct) ? c.control_pct : stats_none();
  r->company = company;
  r->verdict = c.verdict.verdict;
  fields_copy_text(&r->reason, c.verdict.reason);
  r->disturbed_pct = pairs_disturbed_pct(p, PAIRS_BOTH);
  r->core = c.core;
  r->pairs_used = (int64_t)c.pairs.tests;
  if (c.pairs.tests < PAIRS_MIN)
    snprintf(in->why, sizeof in->why, "%zu pair%s: with fewer than %d there is no interval", c.pairs.tests,
             units_plural(c.pairs.tests, "", "s"), PAIRS_MIN);
  else if (!stats_known(&r->gain_pct) || !isfinite(r->gain_pct.value) || !isfinite(r->gain_pct.se))
    snprintf(in->why, sizeof in->why, "no estimate can be had from its pairs");
  else if (!(r->gain_pct.se > SE_LEAST_PCT))
    snprintf(in->why, sizeof in->why,
             "its pairs do not vary, which no measurement does: how sure it is cannot be told");
}

static const char *head_fault(const struct pack_head *h) {
  if (strlen(h->pack) != 64 || strspn(h->pack, "0123456789abcdef") != 64 || strlen(h->run) != 32)
    return "its first line names no pack and no run";
  if (!(h->margin_pct > 0 && h->margin_pct < 1e4) || !(h->level >= 0.5 && h->level < 1))
    return "its first line has no margin or level";
  return NULL;
}

static int read_pairs(struct pack_log_reader *reader, struct merge_input *in, struct error *err) {
  struct pairs p = { 0 };
  in->run.pairs = take_pairs(reader, &p);
  if (in->run.pairs < 0) return error_set_errno(err, -ENOMEM, "cannot read %s", in->file);
  const struct pack_end *end = &reader->end;
  if (reader->state == PACK_LOG_DAMAGED) {
    snprintf(in->why, sizeof in->why, "damaged: %.200s", reader->fault);
  } else if (reader->state == PACK_LOG_WHOLE && end->verdict == VERDICT_NO_OP) {
    snprintf(in->why, sizeof in->why, "NO-OP: %.200s", end->reason ? end->reason : "nothing of it runs there");
    make_printable(in->why);
  } else {
    bool partial = reader->state == PACK_LOG_PARTIAL || end->partial == ANSWER_YES;
    in->run.partial = partial ? ANSWER_YES : ANSWER_NO;
    if (partial)
      snprintf(in->cut, sizeof in->cut, "%s after %lld pair%s", reader->state == PACK_LOG_PARTIAL ? "cut off" : "ended",
               (long long)in->run.pairs, units_plural((uint64_t)in->run.pairs, "", "s"));
    bool whole = reader->state == PACK_LOG_WHOLE;
    judge(in, &p, whole ? end->width_alone : NAN, whole && end->elapsed_s > 0 ? end->elapsed_s : NAN,
          whole ? end->company : verdict_alone());
  }
  pairs_free(&p);
  return 0;
}

int merge_read(const char *file, struct merge_input *in, struct error *err) {
  struct pack_log_reader reader;
  struct error why = { 0 };
  memset(in, 0, sizeof *in);
  fields_init(&pack_head_fields, &in->head);
  fields_init(&merge_run_fields, &in->run);
  fields_copy_text(&in->file, file);
  fields_copy_text(&in->run.file, file);
  int fd = foreign_file_open(AT_FDCWD, file, O_RDONLY, RESULT_BYTES_MAX, &why);
  FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
  if (!f) {
    if (fd >= 0) close(fd);
    snprintf(in->why, sizeof in->why, "%.250s", why.text);
    return 0;
  }
  int rc = pack_log_start(&reader, f, &in->head);
  const char *fault = rc == 0 ? head_fault(&in->head) : NULL;
  if (rc == -ENOMEM) {
    error_set_errno(err, rc, "cannot read %s", file);
  } else if (rc || fault) {
    snprintf(in->why, sizeof in->why, "no result of pack run: %.200s", rc ? reader.fault : fault);
    rc = 0;
  } else {
    char *words[] = { in->head.node, in->head.date, in->head.subject };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
      if (words[i]) make_printable(words[i]);
    fields_copy_text(&in->run.node, in->head.node);
    fields_copy_text(&in->run.run, in->head.run);
    fields_copy_text(&in->run.date, in->head.date);
    make_model(&in->head.machine, &in->model);
    rc = read_pairs(&reader, in, err);
  }
  pack_log_finish(&reader);
  fclose(f);
  return rc;
}

void merge_input_free(struct merge_input *in) {
  free(in->file);
  free(in->model);
  fields_free(&pack_head_fields, &in->head);
  fields_free(&merge_run_fields, &in->run);
}

/* --- where they are --------------------------------------------------------------------------- */

static int add(struct words *files, const char *path, struct error *err) {
  if (files->count == MERGE_RESULTS_MAX)
    return error_raise(err, ERROR_USAGE, -E2BIG, "more than %d results", MERGE_RESULTS_MAX);
  return words_add(files, "%s", path) ? error_set_errno(err, -ENOMEM, "cannot list results") : 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static int walk(const char *folder, int depth, struct words *files, struct error *err) {
  struct dirent **list = NULL;
  struct stat st;
  char path[PATH_MAX];
  int n = scandir(folder, &list, NULL, by_name), rc = 0;
  if (n < 0) return error_set_errno(err, -errno, "cannot read %s", folder);
  for (int i = 0; i < n; i++) {
    bool fits = (size_t)snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name) < sizeof path;
    if (rc == 0 && fits && list[i]->d_name[0] != '.' && lstat(path, &st) == 0) {
      if (S_ISREG(st.st_mode) && strcmp(list[i]->d_name, PACK_LOG_FILE) == 0) rc = add(files, path, err);
      else if (S_ISDIR(st.st_mode) && depth > 0) rc = walk(path, depth - 1, files, err);
    }
    free(list[i]);
  }
  free(list);
  return rc;
}

int merge_find(const char *name, struct words *files, struct error *err) {
  struct stat st;
  size_t before = files->count;
  if (stat(name, &st) != 0) {
    error_set_errno(err, -errno, "cannot read %s", name);
    return error_set_kind(err, ERROR_USAGE);
  }
  if (!S_ISDIR(st.st_mode)) return add(files, name, err);
  int rc = walk(name, 3, files, err);
  if (rc == 0 && files->count == before)
    rc = error_raise(err, ERROR_USAGE, -ENOENT, "there is no result of pack run (%s) in %s", PACK_LOG_FILE, name);
  return rc;
}
