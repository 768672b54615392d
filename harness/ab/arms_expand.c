/* SPDX-License-Identifier: GPL-3.0-or-later */
/* arms_expand.c: see arms_expand.h. */
#include "harness/ab/arms_expand.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ab/run_rules.h"
#include "harness/core/units.h"

enum { VALUES_MAX = 1000 };

/* Of a parameter's name. */
static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
static const char *const hook_names[AB_HOOKS] = { "setup", "prepare", "conclude", "cleanup" };

struct parameter {
  char name[64];
  struct words values;
  bool used;
};

/* Of the text up to end: a number's own point is not the first of two. */
static bool number(const char *text, const char *end, double *v) {
  char copy[32], *stop;
  if (end <= text || end - text >= (long)sizeof copy) return false;
  memcpy(copy, text, (size_t)(end - text));
  copy[end - text] = '\0';
  *v = strtod(copy, &stop);
  return *stop == '\0' && isfinite(*v);
}

/* Digits behind the point. */
static int digits(const char *text, const char *end) {
  const char *point = memchr(text, '.', (size_t)(end - text));
  return point ? (int)(end - point - 1) : 0;
}

/* FROM..TO or FROM..TO..STEP, both ends included; false: it is no scan. */
static bool scan(const char *text, struct words *values, struct error *err, int *rc) {
  const char *dots = strstr(text, ".."), *end = text + strlen(text);
  if (!dots) return false;
  const char *second = strstr(dots + 2, "..");
  double from, to, step = 1;
  if (!number(text, dots, &from) || !number(dots + 2, second ? second : end, &to)) return false;
  if (second && !number(second + 2, end, &step)) return false;
  int places = digits(text, dots), more = second ? digits(second + 2, end) : 0;
  if (more > places) places = more;
  double n = floor((to - from) / step + 1e-9) + 1;
  if (!(n >= 1) || n > VALUES_MAX) {
    if (n > VALUES_MAX)
      *rc = error_raise(err, ERROR_USAGE, -E2BIG, "--param: %s has %.0f values, and %d are the most", text, n,
                        VALUES_MAX);
    else
      *rc = error_raise(err, ERROR_USAGE, -EINVAL, "--param: %s never gets from %g to %g by steps of %g", text, from,
                        to, step);
    return true;
  }
  for (int i = 0; i < (int)n && *rc == 0; i++) *rc = words_add(values, "%.*f", places, from + i * step);
  return true;
}

static int parse_parameter(const char *text, struct parameter *p, struct error *err) {
  const char *equals = strchr(text, '=');
  int rc = 0;
  if (!equals || equals == text || !equals[1])
    return error_raise(err, ERROR_USAGE, -EINVAL, "--param wants NAME=V1,V2,… or NAME=FROM..TO[..STEP], not '%s'",
                       text);
  size_t length = (size_t)(equals - text);
  if (length >= sizeof p->name || strspn(text, name_characters) < length)
    return error_raise(err, ERROR_USAGE, -EINVAL,
                       "--param: a name has letters, digits, _ - and . alone, %zu at most: '%.*s'", sizeof p->name - 1,
                       (int)(length < 80 ? length : 80), text);
  snprintf(p->name, sizeof p->name, "%.*s", (int)length, text);
  if (scan(equals + 1, &p->values, err, &rc)) return rc;
  for (const char *v = equals + 1;; v++) {
    size_t n = strcspn(v, ",");
    rc = words_add(&p->values, "%.*s", (int)n, v);
    v += n;
    if (rc || !*v) return rc ? error_set_errno(err, -ENOMEM, "parameters") : 0;
  }
}

/* A copy of text with each {NAME} by its value; *named: there was one. */
static char *substitute(const char *text, const char *name, const char *value, bool *named) {
  char key[72], *out;
  size_t size = 0;
  FILE *f = open_memstream(&out, &size);
  if (!f) return NULL;
  snprintf(key, sizeof key, "{%.63s}", name);
  for (const char *at; (at = strstr(text, key)) != NULL; text = at + strlen(key)) {
    fprintf(f, "%.*s%s", (int)(at - text), text, value);
    *named = true;
  }
  fputs(text, f);
  return fclose(f) == 0 ? out : NULL;
}

static size_t length(char *const *list) {
  size_t n = 0;
  while (list && list[n]) n++;
  return n;
}

static char *replace(char *text, const struct parameter *p, const char *value, bool *named) {
  char *made = text ? substitute(text, p->name, value, named) : NULL;
  free(text);
  return made;
}

/* One arm, with its combination of values: `which` in the mixed radix of the parameters' numbers of values. */
static int add_arm(const char *text, const char *name, struct parameter *const *p, size_t n, size_t which,
                   struct arms *arms, struct error *err) {
  if (arms->count == AB_ARMS_MAX)
    return error_raise(err, ERROR_USAGE, -E2BIG,
                       "commands, with each combination of their values, are more than %d: name fewer values",
                       AB_ARMS_MAX);
  struct arm *arm = &arms->arm[arms->count++];
  char *command = strdup(text), *shown = strdup(name ? name : text);
  size_t rest = which;
  for (size_t i = 0; i < n && command && shown; i++) {
    const char *value = p[i]->values.word[rest % p[i]->values.count];
    bool ignored;
    rest /= p[i]->values.count;
    command = replace(command, p[i], value, &ignored);
    shown = replace(shown, p[i], value, &ignored);
    p[i]->used = true;
    arm->parameter[arm->parameters] = strdup(p[i]->name);
    arm->value[arm->parameters++] = strdup(value);
  }
  arm->command = command;
  arm->name = shown;
  return command && shown ? 0 : error_set_errno(err, -ENOMEM, "commands");
}

/* The combinations of the parameters that this command names. */
static int add_command(const char *text, const char *name, struct parameter *p, size_t n, struct arms *arms,
                       struct error *err) {
  struct parameter *named[ARM_PARAMETERS_MAX];
  size_t count = 0, all = 1;
  int rc = 0;
  for (size_t i = 0; i < n; i++) {
    char key[72];
    snprintf(key, sizeof key, "{%.63s}", p[i].name);
    if (!strstr(text, key)) continue;
    named[count++] = &p[i];
    if (all <= AB_ARMS_MAX) all *= p[i].values.count; /* beyond that it is an error anyway */
  }
  for (size_t which = 0; which < all && rc == 0; which++) rc = add_arm(text, name, named, count, which, arms, err);
  return rc;
}

static int make_words(const struct ab_options *o, struct arms *arms, struct error *err) {
  int rc = 0;
  for (size_t i = 0; i < arms->count && rc == 0; i++) {
    struct arm *a = &arms->arm[i];
    struct ab_commands c = o->commands;
    char *hook[AB_HOOKS][2] = { { NULL } };
    char *const *one[AB_HOOKS];
    for (int h = 0; h < AB_HOOKS; h++) { /* hooks know the parameters too */
      size_t n = length(c.hook[h]);
      const char *from = n == 0 ? NULL : n == 1 ? c.hook[h][0] : n == arms->count ? c.hook[h][i] : NULL;
      if (n > 1 && !from)
        rc = error_raise(err, ERROR_USAGE, -EINVAL,
                         "--%s is given %zu times: once for all, or once for each of the %zu commands", hook_names[h],
                         n, arms->count);
      hook[h][0] = from ? strdup(from) : NULL;
      bool named;
      for (size_t k = 0; k < a->parameters && hook[h][0]; k++) {
        char *next = substitute(hook[h][0], a->parameter[k], a->value[k], &named);
        free(hook[h][0]);
        hook[h][0] = next;
      }
      one[h] = hook[h];
      c.hook[h] = hook[h][0] ? one[h] : NULL;
    }
    if (rc == 0)
      rc = o->commands.lib ? run_library_words(a->command, &a->words, err)
                           : run_words(&c, 0, 1, a->name, a->command, "--cmd", &a->words, err);
    for (int h = 0; h < AB_HOOKS; h++) free(hook[h][0]);
  }
  return rc;
}

/* The same command twice is the same name twice: the later ones get a number. */
static int number_names(struct arms *arms, struct error *err) {
  for (size_t i = 1; i < arms->count; i++) {
    int same = 1;
    char *more;
    for (size_t k = 0; k < i; k++) same += strcmp(arms->arm[i].name, arms->arm[k].name) == 0;
    if (same == 1) continue;
    if (asprintf(&more, "%s (%d)", arms->arm[i].name, same) < 0) return error_set_errno(err, -ENOMEM, "commands");
    free(arms->arm[i].name);
    arms->arm[i].name = more;
  }
  return 0;
}

int arms_expand(const struct ab_options *o, struct arms *arms, struct error *err) {
  const struct ab_commands *c = &o->commands;
  char *const *list = c->lib ? c->lib : c->cmd;
  struct parameter p[ARM_PARAMETERS_MAX] = { { "", { 0 }, false } };
  size_t n = length(c->param), commands = length(list), names = length(c->name);
  int rc = 0;
  memset(arms, 0, sizeof *arms);
  if (n > ARM_PARAMETERS_MAX)
    return error_raise(err, ERROR_USAGE, -E2BIG, "more than %d parameters", ARM_PARAMETERS_MAX);
  if (names > commands)
    return error_raise(err, ERROR_USAGE, -EINVAL, "%zu name%s for %zu command%s", names, units_plural(names, "", "s"),
                       commands, units_plural(commands, "", "s"));
  for (size_t i = 0; i < n && rc == 0; i++) {
    rc = parse_parameter(c->param[i], &p[i], err);
    for (size_t k = 0; k < i && rc == 0; k++)
      if (strcmp(p[k].name, p[i].name) == 0)
        rc =
            error_raise(err, ERROR_USAGE, -EINVAL, "--param %s is given twice: give all its values at once", p[i].name);
  }
  for (size_t i = 0; i < commands && rc == 0; i++)
    rc = add_command(list[i], i < names ? c->name[i] : NULL, p, n, arms, err);
  for (size_t i = 0; i < n && rc == 0; i++)
    if (!p[i].used)
      rc = error_raise(err, ERROR_USAGE, -EINVAL, "--param %s: no command names {%s}", p[i].name, p[i].name);
  if (rc == 0) rc = number_names(arms, err);
  if (rc == 0) rc = make_words(o, arms, err);
  for (size_t i = 0; i < n; i++) words_free(&p[i].values);
  if (rc) arms_free(arms);
  return rc;
}

void arms_free(struct arms *arms) {
  for (size_t i = 0; i < arms->count; i++) {
    struct arm *a = &arms->arm[i];
    free(a->name);
    free(a->command);
    words_free(&a->words);
    for (size_t k = 0; k < a->parameters; k++) {
      free(a->parameter[k]);
      free(a->value[k]);
    }
  }
  memset(arms, 0, sizeof *arms);
}

/* {NAME} at text, or 0. */
static size_t placeholder(const char *text) {
  size_t n = strspn(text + 1, name_characters);
  return n > 0 && n < sizeof((struct parameter *)0)->name && text[n + 1] == '}' ? n : 0;
}

bool arms_without_list(const struct ab_options *o, char *name, size_t size) {
  const struct ab_commands *c = &o->commands;
  char *const two[] = { (char *)(uintptr_t)o->cmd[0], (char *)(uintptr_t)o->cmd[1], NULL };
  char *const *list[2 + AB_HOOKS] = { c->cmd, o->cmd[0] ? two : NULL };
  for (int h = 0; h < AB_HOOKS; h++) list[2 + h] = c->hook[h];
  for (size_t k = 0; k < sizeof list / sizeof *list; k++)
    for (char *const *text = list[k]; text && *text; text++)
      for (const char *at = *text; (at = strchr(at, '{')) != NULL; at++) {
        size_t n = placeholder(at);
        bool known = n == 0;
        for (char *const *p = c->param; p && *p && !known; p++) known = strncmp(*p, at + 1, n) == 0 && (*p)[n] == '=';
        if (!known) return snprintf(name, size, "%.*s", (int)n, at + 1), true;
      }
  return false;
}
