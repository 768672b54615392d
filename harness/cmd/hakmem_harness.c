/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hakmem_harness.c: the program; everything is in its commands. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/privilege.h"
#include "harness/keeper/keeper.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "harness/cmd/commands.def"
#undef COMMAND

/* A run's guard takes its own name out of the list that ps and pkill show (verify_guard.c): what the commands
 * read stands elsewhere. */
static char **copy_arguments(int argc, char **argv) {
  static char **copy;
  copy = calloc((size_t)argc + 1, sizeof *copy);
  for (int i = 0; copy != NULL && i < argc; i++)
    if ((copy[i] = strdup(argv[i])) == NULL) return NULL;
  return copy;
}

int main(int argc, char **argv) {
  static const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#include "harness/cmd/commands.def"
#undef COMMAND
    NULL,
  };
  struct error err = { 0 };
  if (privilege_part(argc, argv, keeper_serve, &err) != 0) return command_fail(&err);
  char **words = copy_arguments(argc, argv);
  if (words == NULL) {
    error_raise(&err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    return command_fail(&err);
  }
  return command_main(commands, argc, words);
}
