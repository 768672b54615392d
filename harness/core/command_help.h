/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_help.h: everything that is said about commands from their descriptors: --help, the
 * overview, and the dumps from which man pages and shell completions are made. */
#ifndef HARNESS_CORE_COMMAND_HELP_H
#define HARNESS_CORE_COMMAND_HELP_H

#include <stdio.h>

#include "harness/core/command.h"

/* Of one command, the common ones among them. */
enum { COMMAND_OPTIONS_MAX = 96 };

/* All options of a command, its own and the common ones it takes, into specs (ended by a row
 * with a NULL name); returns how many. */
size_t command_options(const struct command *cmd, struct option_spec *specs, size_t max);
void command_print_help(const struct command *cmd, FILE *out);
void command_print_overview(const struct command *const *commands, FILE *out);
/* what: "man" (roff, all commands), "bash" or "zsh" (completion). An exit code. */
int command_dump(const struct command *const *commands, const char *what, FILE *out);

#endif
