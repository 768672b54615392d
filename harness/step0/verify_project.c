/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_project.c: see verify_project.h. */
#include "harness/step0/verify_project.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/interrupt.h"
#include "harness/core/json_out.h"
#include "harness/core/progress.h"
#include "harness/core/units.h"
#include "harness/step0/verify_internal.h"

/* Armed places make a workload slow; one that takes longer than this is not waited for. */
#define TIMEOUT_S 600.0

int verify_places(const struct verify_request *req, struct verify_result *res, bool *counted, struct error *err) {
  struct verify_request r = *req;
  struct error why = { 0 };
  *counted = !req->proof_only;
  if (!(req->timeout_s > 0)) r.timeout_s = VERIFY_COUNT_S;
  int rc = verify_run(&r, res, &why);
  bool too_slow = rc != 0 && !res->child_failed; /* what fails, fails again */
  if (too_slow && !req->proof_only && !(req->timeout_s > 0) && !interrupt_pending()) {
    progress_step(req->quiet, "Step 0: they run too often to be counted; waiting for one of them to be seen");
    verify_free(res);
    error_clear(&why);
    *counted = false;
    r.timeout_s = TIMEOUT_S;
    r.proof_only = true;
    rc = verify_run(&r, res, &why);
  }
  if (rc != 0) *err = why;
  return rc;
}

int verify_project_open(struct verify_project *p, const char *file, const char *gate, const char *workload,
                        double timeout_s, struct verify_request *req, struct error *err) {
  *p = (struct verify_project){ 0 };
  int rc = project_gated_open(&p->gated, file, gate, workload, true, err);
  if (rc != 0) return rc;
  const struct code_set_diff *diff = &p->gated.builds.diff;
  if (diff->identical) p->nothing = "the code and data of both builds are identical: the gate changes nothing";
  else if (diff->data_only) p->nothing = "data alone differs, a run-time default: no code is behind this gate";
  if (p->nothing != NULL) return 0;
  const struct words *const function[2] = { &diff->functions, &diff->only_in };
  const char *root = p->gated.lines.by_tree ? p->gated.builds.in.tree : "/src";
  rc = project_places(&p->gated.lines, root, function, &p->line, &p->symbol, err);
  if (rc == 0)
    rc = project_images_command(&p->gated.images, p->gated.workload, 1, true, timeout_s > 0 ? timeout_s : TIMEOUT_S,
                                &p->command, err);
  if (rc == 0 && p->line.count + p->symbol.count == 0)
    p->nothing = "the gate takes code away, and none is behind it: there is no place that could be armed";
  if (project_difference_elsewhere(&p->gated.builds, p->elsewhere, sizeof p->elsewhere)) req->elsewhere = p->elsewhere;
  req->binary = p->gated.image[1];
  req->line = p->line.count > 0 ? p->line.word : NULL;
  req->symbol = p->line.count > 0 ? NULL : p->symbol.word;
  req->command = p->command.word;
  if (rc != 0) verify_project_close(p);
  return rc;
}

void verify_project_close(struct verify_project *p) {
  words_free(&p->line);
  words_free(&p->symbol);
  words_free(&p->command);
  if (p->gated.built) project_gated_close(&p->gated);
}

int verify_project_run(const struct verify_project *p, const struct verify_request *req, struct verify_result *res,
                       struct error *err) {
  if (p->nothing != NULL) {
    memset(res, 0, sizeof *res);
    res->verdict = p->elsewhere[0] == '\0' ? STEP0_NO_SITE : STEP0_INCONCLUSIVE;
    res->hits_per_op = res->proof_ms = res->slowdown_pct = res->count_s = NAN;
    if (p->elsewhere[0] != '\0') verify_add_gap(res, VERIFY_ALL_SITES, "images", "%s", p->elsewhere);
    snprintf(res->reason, sizeof res->reason, "%s%s%s", p->nothing, p->elsewhere[0] != '\0' ? "; " : "", p->elsewhere);
    return 0;
  }
  bool counted;
  int rc = verify_places(req, res, &counted, err);
  uint64_t requests = rc == 0 && counted && res->counted ? project_requests(&p->gated.images) : 0;
  if (requests == 0) return rc;
  res->ops = requests;
  res->ops_known = true;
  res->hits_per_op = (double)res->hits / (double)requests;
  for (size_t i = 0; i < res->sites; i++)
    if (res->site[i].measured) res->site[i].hits_per_op = (double)res->site[i].hits / (double)requests;
  return rc;
}

/* Sites are in the order of the lines with code; NULL: the places are functions. */
static const struct verify_site *site_of_line(const struct verify_project *p, const struct verify_result *res,
                                              size_t line) {
  size_t at = 0;
  if (p->line.count == 0 || !p->gated.lines.line[line].has_code) return NULL;
  for (size_t i = 0; i < line; i++) at += p->gated.lines.line[i].has_code;
  return at < res->sites ? &res->site[at] : NULL;
}

json_t *verify_project_json(const struct verify_project *p, const struct verify_result *res) {
  const struct project_gated *g = &p->gated;
  json_t *o = json_object(), *lines = json_array();
  json_object_set_new(o, "file", json_text(g->file.path));
  json_object_set_new(o, "gate", json_text(g->gate->name));
  json_object_set_new(o, "user_class", json_text(project_class_name(g->gate->user_class)));
  json_object_set_new(o, "workload", json_text(g->workload->name));
  json_object_set_new(o, "image", json_text(g->file.image.text[g->builds.image]));
  json_object_set_new(o, "identical", json_boolean(g->builds.diff.identical));
  json_object_set_new(o, "data_only", json_boolean(g->builds.diff.data_only));
  json_object_set_new(o, "by", json_text(p->nothing ? NULL : p->line.count > 0 ? "lines" : "functions"));
  for (size_t i = 0; i < g->lines.count; i++) {
    const struct gated_line *l = &g->lines.line[i];
    const struct verify_site *v = site_of_line(p, res, i);
    json_t *one = json_object();
    json_object_set_new(one, "file", json_text(l->file));
    json_object_set_new(one, "line", json_integer(l->line));
    json_object_set_new(one, "by", json_text(gated_by_name(l->by)));
    json_object_set_new(one, "has_code", json_boolean(l->has_code));
    json_object_set_new(one, "verdict", json_text(v ? step0_verdict_name(v->verdict) : NULL));
    json_object_set_new(one, "hits", json_count(v && v->measured, v ? v->hits : 0));
    json_array_append_new(lines, one);
  }
  json_object_set_new(o, "lines", lines);
  return o;
}

static void print_text(FILE *out, const struct verify_project *p, const struct verify_result *res) {
  const struct project_gated *g = &p->gated;
  size_t executed = 0;
  for (size_t i = 0; i < res->sites; i++) executed += res->site[i].verdict == STEP0_EXECUTED;
  if (p->nothing != NULL) fprintf(out, "%s: %s: %s\n", g->gate->name, step0_verdict_name(res->verdict), res->reason);
  else if (p->line.count > 0)
    fprintf(out, "%s: %zu gated line%s, %zu with code, %zu of them run in %s\n", g->gate->name, g->lines.count,
            units_plural(g->lines.count, "", "s"), g->lines.with_code, executed, g->workload->name);
  else
    fprintf(out, "%s: no gated line has code of its own; of %zu functions that differ %zu run in %s\n", g->gate->name,
            p->symbol.count, executed, g->workload->name);
  if (p->nothing == NULL && p->elsewhere[0] != '\0')
    fprintf(out, "  looked at  %s alone: %s\n", g->file.image.text[g->builds.image], p->elsewhere);
  if (res->ops_known)
    fprintf(out, "  requests   %llu answered, %.6g executions for each\n", (unsigned long long)res->ops,
            res->hits_per_op);
  char *file = units_visible(g->file.path, false); /* the names in it are words, its own is any */
  if (g->gate->user_class != PROJECT_CLASS_UNSAID)
    fprintf(out, "  class      %s, as %s says\n", project_class_name(g->gate->user_class), file != NULL ? file : "?");
  free(file);
}

void verify_project_print(FILE *f, const struct verify_project *p, const struct verify_result *res) {
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  if (out == NULL) error_exit_no_memory("an answer");
  print_text(out, p, res);
  if (fclose(out) != 0) error_exit_no_memory("an answer");
  units_print(f, text);
  free(text);
}
