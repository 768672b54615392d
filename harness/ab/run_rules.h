/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_rules.h: what the options say about running commands, made ready: which exit codes are as good as 0,
 * and the words of the runner's command line for each (command_run.h). */
#ifndef HARNESS_AB_RUN_RULES_H
#define HARNESS_AB_RUN_RULES_H

#include "harness/ab/ab_options.h"
#include "harness/core/words.h"

struct run_accept {
  bool code[256];
};
/* Of --ignore-failure: NULL none but 0, "" all; -EINVAL. A signal or a time-out is never accepted. */
int run_accept_parse(const char *text, struct run_accept *accept, struct error *err);
bool run_accepted(const struct run_accept *accept, int status);

/* Appends an arm's words: hooks, input, output, then the command, by the shell where there is one. index: its
 * place among the arms, of hooks that are given for each. what: --cmd and the like, for messages. */
int run_words(const struct ab_commands *c, size_t index, size_t arms, const char *name, const char *command,
              const char *what, struct words *w, struct error *err);

/* Whether the program of an arm's words can be found, as the runner will look for it: ERROR_MISSING. what: as above.
 * Where a --setup or --prepare may make it nobody looks. */
int run_find_program(const struct ab_options *o, const struct words *w, const char *what, struct error *err);

/* Appends the words of a process that measures this library's malloc ("none": the C library's). */
int run_library_words(const char *lib, struct words *w, struct error *err);

/* Paths that a resume elsewhere would not find are made absolute: --stdin, --stdout into buffers of the
 * caller's. -ENOENT: there is no such input. */
int run_paths(struct ab_commands *c, char *in, char *out, size_t size, struct error *err);

#endif
