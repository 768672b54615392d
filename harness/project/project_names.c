/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_names.c: gates and workloads by name, and @names@ in texts; see project_file.h. */
#include <stdlib.h>
#include <string.h>

#include "harness/core/names.h"
#include "harness/project/project_file.h"

/* The index of `name`, or of the only one where it is NULL; count where there is none. */
static size_t find(const struct project *p, const char *what, const char *name, const char *const *names, size_t count,
                   struct error *err) {
  if (count == 0) {
    error_raise(err, ERROR_USAGE, -ENOENT, "%.300s has no %s", p->path, what);
    error_advise(err, "add a block `%s NAME`", what);
    return count;
  }
  if (name == NULL && count == 1) return 0;
  for (size_t i = 0; name != NULL && i < count; i++)
    if (strcmp(names[i], name) == 0) return i;
  char near[256];
  if (name == NULL) error_raise(err, ERROR_USAGE, -EINVAL, "%.300s has %zu %ss: which one?", p->path, count, what);
  else error_raise(err, ERROR_USAGE, -ENOENT, "%.300s has no %s '%.60s'", p->path, what, name);
  error_advise(err, "%ss: %s", what, names_near(names, name == NULL ? "" : name, near, sizeof near));
  return count;
}

const struct project_gate *project_find_gate(const struct project *p, const char *name, struct error *err) {
  const char *names[PROJECT_LIST_MAX + 1] = { NULL };
  for (size_t i = 0; i < p->gates; i++) names[i] = p->gate[i].name;
  size_t at = find(p, "gate", name, names, p->gates, err);
  return at < p->gates ? &p->gate[at] : NULL;
}

const struct project_workload *project_find_workload(const struct project *p, const char *name, struct error *err) {
  const char *names[PROJECT_LIST_MAX + 1] = { NULL };
  for (size_t i = 0; i < p->workloads; i++) names[i] = p->workload[i].name;
  size_t at = find(p, "workload", name, names, p->workloads, err);
  return at < p->workloads ? &p->workload[at] : NULL;
}

/* The variable whose @name@ begins at `at`; NULL: the @ is a mere character. Sets *length to that of @name@. */
static const struct project_variable *variable_at(const char *at, const struct project_variable *variables,
                                                  size_t count, size_t *length) {
  for (size_t i = 0; i < count; i++) {
    size_t n = strlen(variables[i].name);
    if (strncmp(at + 1, variables[i].name, n) != 0 || at[1 + n] != '@') continue;
    *length = n + 2;
    return &variables[i];
  }
  return NULL;
}

int project_expand(const char *text, const struct project_variable *variables, size_t count, char **out,
                   struct error *err) {
  size_t size = 0, length;
  char *copy = NULL;
  *out = NULL;
  for (int pass = 0; pass < 2; pass++) { /* the size, then the text */
    size_t used = 0;
    for (const char *at = text; *at != '\0';) {
      const struct project_variable *v = *at == '@' ? variable_at(at, variables, count, &length) : NULL;
      if (v == NULL) {
        if (pass == 1) copy[used] = *at;
        used++, at++;
        continue;
      }
      if (v->value == NULL) {
        free(copy);
        return error_raise(err, ERROR_USAGE, -EINVAL, "@%s@ has no meaning in '%.200s'", v->name, text);
      }
      if (pass == 1) memcpy(copy + used, v->value, strlen(v->value));
      used += strlen(v->value);
      at += length;
    }
    size = used;
    if (pass == 0 && (copy = malloc(size + 1)) == NULL) return error_set_errno(err, -ENOMEM, "expanding a command");
  }
  copy[size] = '\0';
  *out = copy;
  return 0;
}
