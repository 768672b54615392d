/* SPDX-License-Identifier: GPL-3.0-or-later */
/* subject.c: see subject.h. */
#include "harness/ab/subject.h"

#include <stdio.h>
#include <string.h>

static int add_gate(struct subject *s, const struct gate *g, struct error *err) {
  for (size_t i = 0; i < s->gates; i++)
    if (s->gate[i] == g) return 0;
  if (s->gates == SUBJECT_GATES_MAX)
    return error_raise(err, ERROR_USAGE, -E2BIG, "more than %d gates", SUBJECT_GATES_MAX);
  s->gate[s->gates++] = g;
  return 0;
}

/* In a default build; a gate that needs a feature has its site where that is compiled in. */
static bool has_site(const struct gate *g) { return g->needs == NULL; }

static int add_name(struct subject *s, const char *name, struct error *err) {
  const struct gate *found[SUBJECT_GATES_MAX];
  int rc = 0;
  if (strcmp(name, "all") == 0) {
    for (size_t i = 0; i < registry_count() && rc == 0; i++)
      if (registry_gate(i)->class == GATE_TELEMETRY && has_site(registry_gate(i)))
        rc = add_gate(s, registry_gate(i), err);
    return rc;
  }
  size_t n = registry_match(name, found, SUBJECT_GATES_MAX);
  if (n == 0) return registry_unknown(err, name);
  for (size_t i = 0; i < n && rc == 0; i++) {
    bool feature = found[i]->class == GATE_FEATURE;
    if (s->gates && feature != s->features)
      return error_raise(err, ERROR_USAGE, -EINVAL,
                         "%s: telemetry and features are measured apart; --with %s has a feature on both sides", name,
                         feature ? name : s->gate[0]->name);
    s->features = feature;
    rc = add_gate(s, found[i], err);
  }
  return rc;
}

static int add_with(struct subject *s, const char *name, struct error *err) {
  const struct gate *g = registry_find(name);
  if (!g) return registry_unknown(err, name);
  if (g->class != GATE_FEATURE)
    return error_raise(err, ERROR_USAGE, -EINVAL, "--with %s: it is %s; only a feature can be in both sides", name,
                       gate_class_name(g->class));
  if (s->withs < SUBJECT_GATES_MAX) {
    s->with_flag[s->withs] = g->flag;
    s->with[s->withs++] = g;
  }
  return 0;
}

/* The features that the gates need, on both sides. */
static void add_needed(struct subject *s) {
  for (size_t i = 0; i < s->gates; i++) {
    const struct gate *needed = registry_needs(s->gate[i]);
    bool there = needed == NULL;
    for (size_t k = 0; k < s->withs; k++) there |= s->with[k] == needed;
    if (there || s->withs == SUBJECT_GATES_MAX) continue;
    s->with_flag[s->withs] = needed->flag;
    s->with[s->withs++] = needed;
    size_t n = strlen(s->needs);
    snprintf(s->needs + n, sizeof s->needs - n, "%s%s on both sides: %s needs it", n ? "; " : "", needed->name,
             s->gate[i]->name);
  }
}

int subject_gates(struct subject *s, char *const *names, char *const *with, struct error *err) {
  int rc = 0;
  size_t n = 0;
  for (; *names && rc == 0; names++) {
    char list[512];
    snprintf(list, sizeof list, "%s", *names);
    for (char *state, *name = strtok_r(list, ",", &state); name && rc == 0; name = strtok_r(NULL, ",", &state))
      rc = add_name(s, name, err);
  }
  if (rc == 0 && s->gates == 0) rc = error_raise(err, ERROR_USAGE, -ENOENT, "no gate is named");
  for (; with && *with && rc == 0; with++) rc = add_with(s, *with, err);
  if (rc == 0) add_needed(s);
  for (size_t i = 0; i < s->gates; i++) s->flag[n++] = s->gate[i]->flag;
  for (size_t i = 0; i < s->withs; i++) s->flag[n++] = s->with_flag[i];
  return rc;
}

int subject_build_specs(struct subject *s, const char *source_dir, const struct variant_spec *baseline,
                        const struct variant_spec *research, struct error *err) {
  const struct variant_spec *spec[2] = { baseline, research };
  int rc = recipe_load(&s->recipe, source_dir, err);
  for (int side = 0; side < 2 && rc == 0; side++) rc = variant_build(&s->recipe, spec[side], &s->variant[side], err);
  if (rc == 0) rc = code_diff_make(&s->variant[0].objects, &s->variant[1].objects, &s->diff, err);
  for (int side = 0; side < 2 && rc == 0; side++)
    rc = layout_open(&s->image[side], s->variant[side].image_path, s->variant[side].map_path,
                     s->variant[side].objects.word, err);
  return rc;
}

int subject_build(struct subject *s, const char *source_dir, struct error *err) {
  const char *off[SUBJECT_GATES_MAX + 1] = { NULL };
  for (size_t i = 0; i < s->gates && s->features; i++) off[i] = s->gate[i]->flag;
  struct variant_spec baseline = { .flags_on = s->with_flag, .flags_off = off }, research = { .flags_on = s->flag };
  return subject_build_specs(s, source_dir, &baseline, &research, err);
}

const char *subject_missing_site(const struct subject *s) {
  struct error ignored = { 0 };
  for (size_t i = 0; i < s->gates; i++) {
    const struct gate *g = s->gate[i];
    if (g->counter && g->counter[0] != '-' && code_defines(&s->variant[1].objects, g->counter, &ignored) == 0)
      return g->name;
  }
  return NULL;
}

int subject_check_sites(const struct subject *s, struct error *err) {
  for (size_t i = 0; i < s->gates; i++) {
    const struct gate *g = s->gate[i];
    if (!g->counter || g->counter[0] == '-') continue;
    int out = code_defines(&s->variant[0].objects, g->counter, err),
        in = code_defines(&s->variant[1].objects, g->counter, err);
    if (out < 0 || in < 0) return err->code;
    if (out)
      return error_raise(err, ERROR_UNMEASURED, -EEXIST, "the site of %s (%s) is also in the variant without it",
                         g->name, g->counter);
    if (!in && (has_site(g) || registry_needs(g) != NULL))
      return error_raise(err, ERROR_USAGE, -ENOENT, "the site of %s (%s) is not in the variant with it", g->name,
                         g->counter);
  }
  return 0;
}

void subject_free(struct subject *s) {
  for (int side = 0; side < 2; side++) {
    layout_close(&s->image[side]);
    variant_free(&s->variant[side]);
  }
  code_diff_free(&s->diff);
  recipe_free(&s->recipe);
  memset(s, 0, sizeof *s);
}
