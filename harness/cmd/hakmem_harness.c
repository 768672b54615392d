/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hakmem_harness.c: the program; everything is in its commands. */
#include "harness/core/command.h"

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
  return command_main(commands, argc, argv);
}
