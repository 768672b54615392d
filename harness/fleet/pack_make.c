/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_make.c: see pack_make.h. */
#include "harness/fleet/pack_make.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/ab/ab_run.h"
#include "harness/core/locate.h"
#include "harness/core/preload.h"
#include "harness/core/program.h"
#include "harness/fleet/pack_builder.h"
#include "harness/fleet/pack_needs.h"
#include "harness/fleet/pack_open.h"
#include "harness/fleet/pack_project.h"
#include "harness/fleet/pack_trust.h"

static int no_memory(struct error *err) { return error_set_errno(err, -ENOMEM, "cannot make the pack"); }

static int add_runner(struct pack_builder *b, struct error *err) {
  char runner[PATH_MAX];
  int rc = locate(LOCATE_PACK_RUNNER, runner, sizeof runner, err);
  return rc ? rc : pack_builder_file(b, PACK_RUNNER_MEMBER, true, runner, err);
}

/* The program that runs a workload under the system's loader. */
static int add_bench(struct pack_builder *b, struct error *err) {
  char program[PATH_MAX];
  int rc = locate(LOCATE_BENCH, program, sizeof program, err);
  return rc ? rc : pack_builder_file(b, PACK_BENCH_MEMBER, true, program, err);
}

static int add_gates(struct pack_builder *b, const struct subject *s, struct error *err) {
  int rc = 0;
  for (int side = 0; side < 2 && rc == 0; side++) {
    rc = pack_needs_names(s->image[side].bytes, s->image[side].size, err);
    if (rc == 0) rc = pack_builder_image(b, side, &s->image[side], err);
  }
  for (size_t i = 0; i < s->gates && rc == 0; i++) {
    char **name = fields_append(&b->plan.gates, sizeof *name);
    if (!name) return no_memory(err);
    *name = strdup(s->gate[i]->name);
  }
  if (rc == 0 && !s->features) { /* for Step 0: the research with its markers */
    struct variant_spec spec = { .flags_on = s->flag, .markers = true };
    struct variant marked = { 0 };
    rc = variant_build(&s->recipe, &spec, &marked, err);
    if (rc == 0) rc = pack_builder_file(b, PACK_MARKED_MEMBER, false, marked.image_path, err);
    if (rc == 0) rc = add_bench(b, err);
    variant_free(&marked);
  }
  return rc;
}

/* What the machine that makes the pack found out. */
static int add_findings(struct pack_builder *b, const struct ab_result *r, struct error *err) {
  int rc = 0;
  if (r->step0) {
    b->plan.step0 = fields_new(&ab_step0_fields);
    rc = b->plan.step0 ? fields_copy(&ab_step0_fields, b->plan.step0, r->step0) : -ENOMEM;
  }
  if (rc == 0 && r->step1) {
    b->plan.step1 = fields_new(&ab_step1_fields);
    rc = b->plan.step1 ? fields_copy(&ab_step1_fields, b->plan.step1, r->step1) : -ENOMEM;
  }
  if (rc == 0 && r->build) {
    b->plan.build = fields_new(&ab_build_fields);
    rc = b->plan.build ? fields_copy(&ab_build_fields, b->plan.build, r->build) : -ENOMEM;
    for (int i = 0; i < 2 && rc == 0; i++) fields_copy_text(&b->plan.build->image[i], NULL);
  }
  return rc == -ENOMEM ? no_memory(err) : rc;
}

static int add_libraries(struct pack_builder *b, const struct ab_options *o, struct error *err) {
  char path[PATH_MAX];
  int rc = add_bench(b, err);
  for (int side = 0; side < 2 && rc == 0; side++) {
    if (strcmp(o->lib[side], "none") == 0) continue;
    rc = preload_find(o->lib[side], path, err);
    if (rc == 0) rc = pack_builder_file(b, side ? PACK_LIBRARY_B : PACK_LIBRARY_A, false, path, err);
  }
  return rc;
}

static int add_word(struct pack_plan *p, int side, const char *text, bool member, struct error *err) {
  struct pack_word *w = fields_append(&p->words[side], sizeof *w);
  if (!w) return no_memory(err);
  fields_init(&pack_word_fields, w);
  fields_copy_text(&w->text, text);
  w->member = member ? ANSWER_YES : ANSWER_NO;
  return 0;
}

/* The program, and what of its words is a file here: it goes along, and is named where it was unpacked. */
static int add_command(struct pack_builder *b, int side, const struct words *w, struct error *err) {
  char path[PATH_MAX], name[PACK_NAME_MAX + 1];
  int rc = 0;
  for (size_t i = 0; i < w->count && rc == 0; i++) {
    struct stat st;
    const char *file = w->word[i];
    if (i == 0) {
      rc = program_find(file, path, sizeof path);
      if (rc) return error_raise(err, ERROR_USAGE, rc, "there is no program %s", file);
      file = path;
    }
    if (stat(file, &st) != 0 || !S_ISREG(st.st_mode)) {
      rc = add_word(&b->plan, side, file, false, err);
      continue;
    }
    snprintf(name, sizeof name, "%c%zu", side ? 'b' : 'a', i);
    rc = pack_builder_file(b, name, (st.st_mode & 0111) != 0, file, err);
    if (rc == 0) rc = add_word(&b->plan, side, name, true, err);
  }
  return rc;
}

static int add_commands(struct pack_builder *b, const struct ab_two *two, struct error *err) {
  int rc = 0;
  for (int side = 0; side < 2 && rc == 0; side++) rc = add_command(b, side, &two->side[side], err);
  return rc;
}

static int fill_plan(struct pack_plan *p, const struct ab_options *o, const struct ab_result *r, const void *what,
                     struct error *err) {
  const struct ab_project *project = o->project ? what : NULL;
  p->kind = project ? PACK_PROJECT : o->names ? PACK_GATES : o->lib[0] ? PACK_LIBRARIES : PACK_COMMANDS;
  fields_copy_text(&p->subject, r->subject);
  for (int i = 0; i < 2; i++) fields_copy_text(&p->side[i], o->lib[i] ? o->lib[i] : o->cmd[i]);
  fields_copy_text(&p->workload, project ? project->workload->name : o->cmd[0] ? NULL : o->workload);
  p->threads = ab_first_threads(o);
  bool pinned = project ? project->pinned : p->kind == PACK_COMMANDS ? ((const struct ab_two *)what)->pinned : true;
  p->pinned = pinned ? ANSWER_YES : ANSWER_NO;
  p->slots = (int64_t)o->slots;
  p->seed = (int64_t)o->seed;
  p->budget_s = o->budget_s;
  p->margin_pct = o->margin_pct;
  p->level = o->level;
  p->timeout_s = o->timeout_s;
  for (char *const *e = o->env; e && *e; e++) {
    char **one = fields_append(&p->env, sizeof *one);
    if (!one) return no_memory(err);
    *one = strdup(*e);
  }
  return 0;
}

int pack_make_ab(void *path, const struct ab_options *o, const void *what, struct ab_result *result,
                 struct error *err) {
  static struct pack_builder b;
  int rc = pack_builder_start(&b, err);
  if (rc == 0) rc = fill_plan(&b.plan, o, result, what, err);
  if (rc == 0) rc = add_runner(&b, err);
  if (rc == 0)
    rc = b.plan.kind == PACK_GATES       ? add_gates(&b, what, err)
         : b.plan.kind == PACK_LIBRARIES ? add_libraries(&b, o, err)
         : b.plan.kind == PACK_PROJECT   ? pack_project_add(&b, what, result, err)
                                         : add_commands(&b, what, err);
  if (rc == 0) rc = add_findings(&b, result, err);
  struct pack_summary *out = rc == 0 ? fields_new(&pack_summary_fields) : NULL;
  if (rc == 0 && !out) rc = no_memory(err);
  if (rc == 0) rc = pack_builder_write(&b, path, out, err);
  struct error ignored = { 0 };
  if (rc == 0) pack_trust_add(out->hash, &ignored); /* it will be asked for then */
  pack_builder_free(&b);
  if (rc) {
    if (out) fields_free(&pack_summary_fields, out);
    free(out);
    return rc;
  }
  result->pack = out;
  result->m.verdict = VERDICT_NONE;
  fields_text(&result->m.reason, "not measured: packed for other machines, as %s", (const char *)path);
  return 0;
}
