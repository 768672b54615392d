/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_two.c: `ab --a LIB --b LIB` and `ab --cmd-a CMD --cmd-b CMD`: no variants, no layouts. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/ab_run.h"
#include "harness/core/locate.h"
#include "harness/core/preload.h"
#include "harness/runner/library_proof.h"

static int library(const char *lib, struct words *w, struct error *err) {
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

static int command(const char *text, const char *option, struct words *w, struct error *err) {
  int rc = words_split(w, text, err);
  if (rc == 0 && w->count == 0) rc = error_raise(err, ERROR_USAGE, -EINVAL, "%s is empty", option);
  if (rc == 0 && (w->count > 200 || w->word[0][0] == '+'))
    rc = error_raise(err, ERROR_USAGE, -EINVAL, "%s: %s", option,
                     w->count > 200 ? "more than 200 words" : "a program's name cannot start with +");
  return rc;
}

int ab_two_open(const struct ab_options *o, struct ab_two *two, struct error *err) {
  static const char *const option[2] = { "--cmd-a", "--cmd-b" };
  int rc = 0;
  memset(two, 0, sizeof *two);
  two->pinned = !o->cmd[0] || o->threads_given;
  two->kind = o->cmd[0] ? AB_JOB_COMMAND : AB_JOB_BENCH;
  for (int side = 0; side < 2 && rc == 0; side++)
    rc = o->cmd[0] ? command(o->cmd[side], option[side], &two->side[side], err)
                   : library(o->lib[side], &two->side[side], err);
  if (rc) ab_two_free(two);
  return rc;
}

void ab_two_free(struct ab_two *two) {
  words_free(&two->side[0]);
  words_free(&two->side[1]);
}

void ab_two_fill(struct campaign_spec *spec, const void *what) {
  const struct ab_two *two = what;
  spec->kind = two->kind;
  spec->baseline_name = "a";
  spec->side_argv[0] = two->side[0].word;
  spec->side_argv[1] = two->side[1].word;
  if (two->kind == AB_JOB_COMMAND) {
    spec->workload = "-";
    spec->rounds = 1;
    spec->warm_rounds = 0;
    for (unsigned t = 0; t < AB_THREADS_MAX && !two->pinned; t++) spec->cpu[t] = -1;
  }
}
