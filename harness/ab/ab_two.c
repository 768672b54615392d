/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_two.c: `ab --a LIB --b LIB` and `ab --cmd-a CMD --cmd-b CMD`: no variants, no layouts. */
#include <string.h>

#include "harness/ab/ab_run.h"

int ab_two_open(const struct ab_options *o, struct ab_two *two, struct error *err) {
  static const char *const option[2] = { "--cmd-a", "--cmd-b" };
  int rc = 0;
  memset(two, 0, sizeof *two);
  two->pinned = !o->cmd[0] || o->threads_given;
  two->hooks = o->commands.hook[AB_HOOK_SETUP] || o->commands.hook[AB_HOOK_CLEANUP];
  two->kind = o->cmd[0] ? AB_JOB_COMMAND : AB_JOB_BENCH;
  for (int side = 0; side < 2 && rc == 0; side++)
    rc = o->cmd[0] ? run_words(&o->commands, (size_t)side, 2, side ? "b" : "a", o->cmd[side], option[side],
                               &two->side[side], err)
                   : run_library_words(o->lib[side], &two->side[side], err);
  for (int side = 0; side < 2 && rc == 0 && o->cmd[0]; side++)
    rc = run_find_program(o, &two->side[side], option[side], err);
  if (rc == 0) rc = run_accept_parse(o->commands.accept, &two->accept, err);
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
    spec->accept = &two->accept;
    spec->hooks = two->hooks;
    spec->warm_rounds = 0;
    for (unsigned t = 0; t < AB_THREADS_MAX && !two->pinned; t++) spec->cpu[t] = -1;
  }
}
