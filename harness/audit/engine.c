/* SPDX-License-Identifier: GPL-3.0-or-later */
/* engine.c: the audit from units to rows (audit.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/audit/checks.h"
#include "harness/audit/rows.h"
#include "harness/audit/view.h"
#include "harness/core/interrupt.h"
#include "harness/core/progress.h"
#include "harness/core/units.h"

/* HAKMEM's own functions that only report: they write(2) a text and a number. */
static char *const own_sinks[] = { "hak_print", "hak_print_u64", NULL };

static void add_note(struct audit_result *r, char *note) {
  audit_room(&r->notes, r->note_count, sizeof *r->notes);
  r->notes[r->note_count++] = note;
}

static void copy_units(const struct units *u, struct audit_result *r) {
  r->units = audit_grow(NULL, (u->count + 1) * sizeof *r->units);
  for (size_t i = 0; i < u->count; i++) {
    r->units[r->unit_count++] =
        (struct audit_unit){ strdup(u->unit[i].file), u->unit[i].failure ? strdup(u->unit[i].failure) : NULL };
    r->failed_count += u->unit[i].failure != NULL;
  }
}

static void incomplete(struct program *p, struct audit_result *r, char *why) {
  p->incomplete = true;
  if (!p->incomplete_why) p->incomplete_why = strdup(why);
  add_note(r, why);
}

/* What stands in the way of seeing all of the program: units that failed, or are of another language, and words of
 * commands that may have changed what was compiled. */
static void note_units(struct program *p, const struct units *u, struct audit_result *r) {
  size_t failed = 0, foreign = 0;
  for (size_t i = 0; i < u->count; i++) {
    failed += u->unit[i].failure && !u->unit[i].foreign;
    foreign += u->unit[i].failure && u->unit[i].foreign;
  }
  if (failed)
    incomplete(
        p, r, audit_text("%zu of %zu units could not be analysed, and one of them may read it", failed, r->unit_count));
  if (foreign) {
    p->missing_units = true;
    p->missing_why = audit_text("%zu unit%s of another language, not analysed, may use what can be named there",
                                foreign, units_plural(foreign, "", "s"));
    add_note(r, audit_text("%zu %s C++ or assembler, which is not analysed: what can be named there, static variables "
                           "and functions not, is never TELEMETRY",
                           foreign, units_plural(foreign, "unit is", "units are")));
  }
  for (size_t i = 0; i < u->notes.count; i++) add_note(r, strdup(u->notes.word[i]));
  char *words = NULL;
  for (size_t i = 0; i < u->unknown.count; i++) {
    char *more = words ? audit_text("%s, %s", words, u->unknown.word[i]) : strdup(u->unknown.word[i]);
    free(words);
    words = more;
  }
  if (words)
    incomplete(p, r,
               audit_text("words of the compile commands were left out that may change what is compiled: %s", words));
  free(words);
}

/* A function that is called and nowhere defined belongs to the project if its declaration, by
 * the debug record of the call, stands in one of the project's own files. */
static void undefined_functions(struct program *p, struct sources *src, struct audit_result *r) {
  size_t count = 0;
  char names[200] = "";
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f)) {
    LLVMMetadataRef sub =
        definition_of(p, f) == f && LLVMIsDeclaration(f) && LLVMGetFirstUse(f) ? LLVMGetSubprogram(f) : NULL;
    LLVMMetadataRef file = sub ? LLVMDIScopeGetFile(sub) : NULL;
    unsigned n = 0, dn = 0;
    const char *name = file ? LLVMDIFileGetFilename(file, &n) : NULL,
               *dir = file ? LLVMDIFileGetDirectory(file, &dn) : NULL;
    if (!name || !n || strncmp(value_name(f), "llvm.", 5) == 0) continue;
    char *path =
        name[0] == '/' ? audit_text("%.*s", (int)n, name) : audit_text("%.*s/%.*s", (int)dn, dir, (int)n, name);
    struct source_file *own = map_get(&src->paths, intern(&src->names, path));
    free(path);
    if (!own) continue;
    size_t used = strlen(names);
    if (count++ < 3) snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", value_name(f));
  }
  if (count)
    incomplete(p, r,
               audit_text("%zu of the project's functions %s called and not defined in these units (%s%s)", count,
                          units_plural(count, "is", "are"), names, count > 3 ? ", …" : ""));
}

/* Source lines of bitcode that the user made. */
static void mark_bitcode(struct program *p, struct sources *src, const struct units *u, struct audit_result *r) {
  const char *missing = NULL;
  for (LLVMValueRef f = next_function(p, NULL); f; f = next_function(p, f))
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(f); b; b = LLVMGetNextBasicBlock(b))
      for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i)) {
        struct place at = place_of(p, i);
        if (at.line && !sources_mark(src, u, at.file, at.line)) missing = at.file;
      }
  if (missing)
    incomplete(
        p, r,
        audit_text("the source %s of the bitcode is not there, and an #if arm that was left out may read it", missing));
}

struct meant {
  struct program *p;
  const char *tag;
};

/* Whether a type as a left-out arm writes it may be the struct that is meant: a typedef is looked up
 * in the debug types, and one that this build does not have may be anything. */
static bool may_be_meant(void *arg, const char *type) {
  const struct meant *m = arg;
  char tag[256];
  if (strncmp(type, "struct ", 7) == 0 && !strchr(type, '.')) return strcmp(type + 7, m->tag) == 0;
  return !di_struct_at(m->p, strncmp(type, "struct ", 7) == 0 ? type + 7 : type, tag, sizeof tag) ||
         strcmp(tag, m->tag) == 0;
}

const struct source_use *view_left_out(struct view *v, struct key *k, const struct source_use *after) {
  struct program *p = &v->p;
  char tag[256];
  /* what is private to a source file means the same nowhere else; a header's is in each of them */
  const char *home = strchr(k->name, '@') ? map_get(&p->homes, k->name) : NULL, *dot = home ? strrchr(home, '.') : NULL;
  struct meant meant = { p, k->owner ? struct_name(k->owner, tag, sizeof tag) : NULL };
  return sources_inactive_read(&v->src, k->field, k->is_field, dot && strcmp(dot, ".c") == 0 ? home : NULL,
                               k->owner ? may_be_meant : NULL, &meant, after);
}

static bool may_be_named(const struct key *k) { return k->judged && !k->local && !k->loose; }

static void floors(struct view *v) {
  for (size_t i = 0; i < v->p.key_count; i++) {
    struct key *k = v->p.key[i];
    if (k->floor_of_source) { /* of an earlier look */
      free(k->floor);
      k->floor = NULL;
      k->floor_of_others = k->floor_of_source = false;
    }
    if (!may_be_named(k) || k->floor) continue;
    const struct source_use *use = view_left_out(v, k, NULL);
    if (!use) continue;
    k->floor_of_others = k->floor_of_source = true;
    key_floor(k, NULL,
              use->why == WHY_DEAD ? "the source reads it where this build makes nothing of it, and another may (%s:%u)"
              : use->why == WHY_DROPPED
                  ? "a check that is nothing in this build, and may be something in another, reads it (%s:%u)"
                  : "an #if arm that this build leaves out reads it (%s:%u)",
              use->file, use->line);
  }
}

void view_judge(struct view *v) {
  for (size_t i = 0; i < v->p.key_count && v->own_text; i++) {
    struct key *k = v->p.key[i];
    if (may_be_named(k) && (!k->floor || k->floor_of_source) && k->part == KEY_ONE)
      dead_ask(&v->dead, k->field, k->is_field);
  }
  dead_find(&v->dead, &v->src);
  floors(v);
  judge_spread(&v->j);
}

void view_free(struct view *v) {
  dead_free(&v->dead);
  if (v->followed) {
    judge_free(&v->j);
    sources_free(&v->src);
  }
  ir_free(&v->p);
}

/* Between two steps, each of which ends early when somebody wants us to end. */
static int interrupted(struct error *err) {
  return interrupt_pending() ? error_raise(err, ERROR_INTERRUPTED, -EINTR, "the audit was stopped") : 0;
}

int view_follow(struct view *v, struct units *u, struct audit_result *r, struct error *err) {
  struct program *p = &v->p;
  int rc = ir_link(p, u, r, err);
  copy_units(u, r);
  v->own_text = u->count && !u->unit[0].own_bitcode;
  if (rc == 0) di_index(p);
  if (rc == 0 && v->own_text) dead_note(&v->dead, p);
  rc = rc ? rc : ir_prepare(p, err);
  rc = rc ? rc : interrupted(err);
  if (rc) return rc;
  v->followed = true;
  sources_load(&v->src, u);
  note_units(p, u, r);
  if (u->count && u->unit[0].own_bitcode) mark_bitcode(p, &v->src, u, r);
  sources_settle(&v->src);
  struct checks checks = { 0 };
  for (size_t i = 0; i < u->count; i++)
    if (u->unit[i].preprocessed) checks_load(&checks, u->unit[i].preprocessed);
  checks_find(&checks, &v->src);
  checks_free(&checks);
  ir_index(p);
  undefined_functions(p, &v->src, r);
  escape_find(p);
  views_settle(p);
  if (p->lost) incomplete(p, r, audit_text("a pointer comes from too far away to be followed, and it may read it"));
  judge_follow(&v->j, p);
  return interrupted(err);
}

/* The second configuration, where what this one leaves out decides rows. */
static int look_again(struct view *v, struct units *u, struct audit_result *r, struct error *err) {
  struct words all = { 0 }, fewer = { 0 };
  struct units units = { 0 };
  struct view other = { 0 };
  struct audit_result unused = { 0 };
  size_t differ = 0;
  int rc = configs_words(v, &all, &fewer);
  if (rc) error_raise(err, ERROR_INTERNAL, rc, "a second configuration: %s", strerror(-rc));
  if (rc == 0 && all.count) rc = units_again(&units, u, &all, &fewer, &differ, err);
  if (rc == 1) {
    add_note(r, audit_text("a second configuration would change %zu units or more, and was not read: what this one "
                           "leaves out is told by its words alone",
                           differ));
    rc = 0;
    differ = 0;
  }
  if (rc == 0 && differ) {
    other.p.sinks = v->p.sinks;
    other.p.own = v->p.own;
    other.p.missing_units = v->p.missing_units;
    other.p.missing_why = v->p.missing_why ? strdup(v->p.missing_why) : NULL;
    rc = view_follow(&other, &units, &unused, err);
    if (rc == 0) {
      configs_join(v, &other, &all);
      add_note(r, audit_text("%zu %s read in a second configuration as well, for what this one leaves out", differ,
                             units_plural(differ, "unit was", "units were")));
    }
  }
  view_free(&other);
  audit_free(&unused);
  units_free(&units);
  words_free(&all);
  words_free(&fewer);
  return rc;
}

static int analyse(struct view *v, struct units *u, struct audit_result *r, struct error *err) {
  int rc = view_follow(v, u, r, err);
  if (rc) return rc;
  view_judge(v);
  if (v->own_text) rc = look_again(v, u, r, err);
  if (rc) return rc;
  rows_make(&v->p, &v->j, &v->src, r);
  r->complete = !v->p.incomplete && !v->p.missing_units;
  return interrupted(err);
}

int audit_run(const struct audit_options *options, struct audit_result *result, struct error *err) {
  struct units units;
  struct view v = { 0 };
  double start = clock_monotonic_s();
  memset(result, 0, sizeof *result);
  bool own = !options->dir && !options->compile_commands;
  char **sinks = NULL;
  size_t count = 0;
  for (int which = 0; which < 2; which++) {
    char *const *from = which ? options->sinks : own ? own_sinks : NULL;
    for (; from && *from; from++) {
      audit_room(&sinks, count, sizeof *sinks);
      sinks[count++] = *from;
    }
  }
  audit_room(&sinks, count, sizeof *sinks);
  sinks[count] = NULL;
  v.p.sinks = sinks;
  v.p.own = own;
  int rc = units_collect(&units, options, err);
  rc = rc ? rc : units_compile(&units, err);
  rc = rc ? rc : analyse(&v, &units, result, err);
  view_free(&v);
  units_free(&units);
  free(sinks);
  result->seconds = clock_monotonic_s() - start;
  if (rc) audit_free(result);
  return rc;
}
