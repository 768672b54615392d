/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hakmem_harness.c: the program; everything is in its commands. */
#include <stdio.h>

#include "harness/core/command.h"
#include "harness/core/privilege.h"
#include "harness/keeper/keeper.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "harness/cmd/commands.def"
#undef COMMAND

int main(int argc, char **argv) {
  static const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#include "harness/cmd/commands.def"
#undef COMMAND
    NULL,
  };
  struct error err = { 0 };
  if (privilege_part(argc, argv, keeper_serve, &err) != 0) return command_fail(&err);
  return command_main(commands, argc, argv);
}
