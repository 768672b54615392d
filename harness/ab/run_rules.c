/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_rules.c: see run_rules.h. */
#include "harness/ab/run_rules.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/locate.h"
#include "harness/core/preload.h"
#include "harness/core/program.h"
#include "harness/runner/command_run.h"
#include "harness/runner/library_proof.h"

static const char *const hook_names[AB_HOOKS] = { "setup", "prepare", "conclude", "cleanup" };

int run_accept_parse(const char *text, struct run_accept *accept, struct error *err) {
  memset(accept, 0, sizeof *accept);
  accept->code[0] = true;
  if (!text) return 0;
  for (int i = 0; i < 256 && !*text; i++) accept->code[i] = true;
  while (*text) {
    char *end;
    unsigned long v = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 256;
    if (v > 255 || (*end != ',' && *end != '\0'))
      return error_raise(err, ERROR_USAGE, -EINVAL, "--ignore-failure wants exit codes from 0 to 255, as 1,2");
    accept->code[v] = true;
    text = *end ? end + 1 : end;
  }
  return 0;
}

bool run_accepted(const struct run_accept *accept, int status) {
  return WIFEXITED(status) && accept->code[WEXITSTATUS(status)];
}

static size_t length(char *const *list) {
  size_t n = 0;
  while (list && list[n]) n++;
  return n;
}

int run_words(const struct ab_commands *c, size_t index, size_t arms, const char *name, const char *command,
              const char *what, struct words *w, struct error *err) {
  bool hooked = false;
  for (int i = 0; i < AB_HOOKS; i++) hooked |= length(c->hook[i]) > 0;
  int rc = hooked ? words_add(w, COMMAND_NAME "%s", name) : 0;
  if (rc == 0 && c->in) rc = words_add(w, COMMAND_STDIN "%s", c->in);
  if (rc == 0 && c->out && strcmp(c->out, "null") != 0) rc = words_add(w, COMMAND_STDOUT "%s", c->out);
  for (int i = 0; i < AB_HOOKS && rc == 0; i++) {
    size_t n = length(c->hook[i]);
    if (n == 0) continue;
    if (n != 1 && n != arms)
      return error_raise(err, ERROR_USAGE, -EINVAL, "--%s: give one for all, or one for each of the %zu commands",
                         hook_names[i], arms);
    rc = words_add(w, COMMAND_HOOK "%s=%s", hook_names[i], c->hook[i][n == 1 ? 0 : index]);
  }
  size_t own = w->count;
  if (rc) return error_set_errno(err, -ENOMEM, "commands");
  if (c->shell) {
    rc = words_split(w, c->shell, err);
    if (rc == 0 && (words_add(w, "-c") || words_add(w, "%s", command))) rc = error_set_errno(err, -ENOMEM, "commands");
  } else {
    rc = words_split(w, command, err);
  }
  if (rc) return rc;
  if (w->count == own || !*command || !w->word[own][0])
    return error_raise(err, ERROR_USAGE, -EINVAL, "%s is empty", what);
  if (w->count - own > 200) return error_raise(err, ERROR_USAGE, -EINVAL, "%s: more than 200 words", what);
  for (size_t i = own; i < w->count; i++)
    if (strcmp(w->word[i], COMMAND_NEXT) == 0)
      return error_raise(err, ERROR_USAGE, -EINVAL, "%s: the word %s is the harness's own", what, COMMAND_NEXT);
  if (w->word[own][0] == '+' || w->word[own][0] == '@')
    return error_raise(err, ERROR_USAGE, -EINVAL, "%s: a program's name cannot start with + or @", what);
  return 0;
}

/* The environment's PATH, or that of --env. */
static const char *search_path(const struct ab_options *o) {
  const char *path = getenv("PATH");
  for (char *const *e = o->env; e && *e; e++)
    if (strncmp(*e, "PATH=", 5) == 0) path = *e + 5;
  return path ? path : "/bin:/usr/bin"; /* as execvp without one */
}

int run_find_program(const struct ab_options *o, const struct words *w, const char *what, struct error *err) {
  char path[PATH_MAX];
  size_t first = 0;
  while (first < w->count && (w->word[first][0] == '+' || w->word[first][0] == '@')) first++;
  if (first == w->count || length(o->commands.hook[AB_HOOK_SETUP]) || length(o->commands.hook[AB_HOOK_PREPARE]))
    return 0;
  const char *program = w->word[first];
  if (o->commands.shell) what = "--shell";
  int rc = program_find_in(search_path(o), program, path, sizeof path);
  if (rc == 0 || (rc == -EACCES && o->user)) return 0; /* what we may not run somebody else may */
  if (strchr(program, '/'))
    return error_set_kind(err, (error_set_errno(err, rc, "%s: cannot run %.300s", what, program),
                                rc == -EACCES ? ERROR_REFUSED : ERROR_MISSING));
  if (rc == -EACCES) return error_raise(err, ERROR_REFUSED, rc, "%s: %.300s in PATH may not be run", what, program);
  error_raise(err, ERROR_MISSING, rc, "%s: no program '%.300s' is found in PATH", what, program);
  if (!o->commands.shell) error_advise(err, "what a shell has built in, or a pipe, wants --shell sh");
  return rc;
}

int run_library_words(const char *lib, struct words *w, struct error *err) {
  char program[PATH_MAX], path[PATH_MAX];
  char identity[LIBRARY_IDENTITY_BYTES];
  bool own = strcmp(lib, "none") == 0;
  int rc = locate(LOCATE_BENCH, program, sizeof program, err);
  if (rc) return rc;
  if (!own) {
    rc = preload_find(lib, path, err);
    if (rc == 0) rc = preload_check(path, err);
    if (rc) return rc;
    /* a leading + is the runner's sign for a variable of the environment */
    rc = words_add(w, "+LD_PRELOAD=%s", path);
  }
  int id = library_identity(own ? NULL : path, identity);
  if (rc == 0 && id != 0) return error_set_errno(err, id, "cannot look at %s", path);
  return rc || words_add(w, "%s", program) || words_add(w, "library=%s", identity)
             ? error_set_errno(err, -ENOMEM, "libraries")
             : 0;
}

int run_paths(struct ab_commands *c, char *in, char *out, size_t size, struct error *err) {
  char folder[PATH_MAX];
  if (c->in) {
    char full[PATH_MAX];
    if (!realpath(c->in, full) || access(full, R_OK) != 0)
      return error_raise(err, ERROR_USAGE, -ENOENT, "--stdin: cannot read %s", c->in);
    snprintf(in, size, "%s", full);
    c->in = in;
  }
  if (c->out && strcmp(c->out, "null") != 0 && strcmp(c->out, "pipe") != 0 && c->out[0] != '/') {
    if (!getcwd(folder, sizeof folder)) return error_set_errno(err, -errno, "--stdout");
    snprintf(out, size, "%.3000s/%.1000s", folder, c->out);
    c->out = out;
  }
  if (c->out && c->out[0] == '/') {
    char place[PATH_MAX];
    struct stat st;
    snprintf(place, sizeof place, "%s", c->out);
    *strrchr(place, '/') = '\0';
    if (stat(place[0] ? place : "/", &st) != 0 || !S_ISDIR(st.st_mode))
      return error_raise(err, ERROR_USAGE, -ENOENT, "--stdout: there is no folder %s", place);
    if (stat(c->out, &st) == 0 && S_ISDIR(st.st_mode))
      return error_raise(err, ERROR_USAGE, -EISDIR, "--stdout: %s is a folder", c->out);
  }
  return 0;
}
