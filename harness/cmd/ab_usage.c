/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_usage.c: see ab_usage.h. */
#include "harness/cmd/ab_usage.h"

#include <stdio.h>

#include "harness/report/arm_export.h"

const char *ab_usage_tabled(const struct invocation *inv) {
  static const char *const of_a_table[] = { "runs", "warmup", "name", NULL };
  for (const char *const *n = of_a_table; *n; n++)
    if (option_is_set(inv, *n)) return *n;
  for (int i = 0; i < ARM_EXPORT_FORMS; i++)
    if (option_is_set(inv, arm_export_options[i])) return arm_export_options[i];
  return NULL;
}

/* An option that has nothing to say here is not passed over without a word. */
static const char *wrong_habit(const struct invocation *inv, bool many, bool commands, bool gates) {
  static const char *const of_commands[] = { "setup", "prepare", "conclude",       "cleanup", "shell",
                                             "stdin", "stdout",  "ignore-failure", NULL };
  static const char *const of_workloads[] = { "workload", "slots", NULL };
  static const char *const of_gates[] = { "with", NULL };
  static char text[200];
  bool lib = option_is_set(inv, "lib"), two = option_is_set(inv, "a") || option_is_set(inv, "cmd-a");
  for (const char *const *n = of_commands; *n && !commands; n++)
    if (option_is_set(inv, *n)) return snprintf(text, sizeof text, "--%s is for commands", *n), text;
  for (const char *const *n = of_workloads; *n && commands; n++)
    if (option_is_set(inv, *n))
      return snprintf(text, sizeof text, "--%s is of the built-in workloads: a command is its own", *n), text;
  for (const char *const *n = of_gates; *n && !gates; n++)
    if (option_is_set(inv, *n)) return snprintf(text, sizeof text, "--%s is for gates", *n), text;
  if (option_is_set(inv, "ops")) return "--ops: ab chooses the steps of a round itself; bench takes it";
  if (!many && !lib && option_is_set(inv, "param")) return "--param is for --cmd";
  if (!many && !lib && !two && ab_usage_tabled(inv))
    return snprintf(text, sizeof text, "--%s is for commands and libraries", ab_usage_tabled(inv)), text;
  bool libraries = lib || option_is_set(inv, "a");
  if ((option_is_set(inv, "export-hyperfine") || option_is_set(inv, "export-google-benchmark")) && libraries)
    return "--export-hyperfine and --export-google-benchmark are for commands: their times are of runs";
  if (two && ab_usage_tabled(inv)) {
    static const char *const not_of_a_table[] = { "save", "against", "pack", "whole-budget", "protocol", NULL };
    for (const char *const *n = not_of_a_table; *n; n++)
      if (option_is_set(inv, *n))
        return snprintf(text, sizeof text, "--%s makes a table of the two sides, and --%s is not of one",
                        ab_usage_tabled(inv), *n),
               text;
  }
  if (option_is_set(inv, "protocol") && (many || lib)) return "--protocol is for two sides";
  if (option_is_set(inv, "whole-budget") && (many || lib)) return "--whole-budget is for two sides: a table takes all";
  return NULL;
}

/* One of: gates, two libraries, two commands. NULL where that holds. */
const char *ab_usage_complaint(const struct invocation *inv) {
  bool a = option_is_set(inv, "a"), b = option_is_set(inv, "b"), cmd_a = option_is_set(inv, "cmd-a"),
       cmd_b = option_is_set(inv, "cmd-b");
  bool against = option_is_set(inv, "against");
  if (against) {
    if (a || cmd_a || b == cmd_b) return "--against NAME is side a: name --b LIB or --cmd-b CMD alone";
    a = b;
    cmd_a = cmd_b;
  }
  if (a != b) return "--a and --b go together";
  if (cmd_a != cmd_b) return "--cmd-a and --cmd-b go together";
  if (option_is_set(inv, "save") && !b && !cmd_b) return "--save NAME keeps side b of two libraries or commands";
  if (option_is_set(inv, "anyway") && !against) return "--anyway goes with --against NAME";
  bool cmd = option_is_set(inv, "cmd"), lib = option_is_set(inv, "lib");
  bool project = option_is_set(inv, "project"), brief = option_is_set(inv, "build");
  int changes = option_is_set(inv, "define") + option_is_set(inv, "option") + option_is_set(inv, "patch") +
                option_is_set(inv, "rev");
  bool gate = option_is_set(inv, "gate");
  if (project && brief) return "--project FILE, or --source, --build and --image: only one of these";
  if (brief && (!option_is_set(inv, "source") || !option_is_set(inv, "image")))
    return "--build goes with --source DIR and --image FILE";
  if (brief && changes != 1) return "--build goes with one of --define, --option, --patch, --rev";
  if (brief && !inv->child_argv) return "--build goes with the command that is measured, behind --";
  if (!brief && inv->child_argv) return "a command behind -- goes with --build";
  if (project && (inv->positional_count > 0) + gate + option_is_set(inv, "rev") > 1) return "one gate at a time";
  if (project && inv->positional_count > 1) return "one gate of a project at a time";
  if (!brief && (changes > option_is_set(inv, "rev") || option_is_set(inv, "image") || option_is_set(inv, "clock")))
    return "--define, --option, --patch, --image and --clock go with --build";
  if (!brief && !project && (gate || changes)) return "--gate and --rev go with --project FILE";
  if (option_is_set(inv, "source") && !brief && (cmd || cmd_a || cmd_b)) return "--source is not for commands";
  int kinds = (inv->positional_count > 0 && !project) + a + cmd_a + project + brief + cmd + lib;
  if (kinds == 0)
    return "name a gate, --a and --b, --cmd-a and --cmd-b, --cmd or --lib more than once, --project FILE, or --resume "
           "DIR";
  if (kinds > 1) return "gates, libraries, commands or a project: only one of these at a time";
  return wrong_habit(inv, cmd, cmd || cmd_a || (against && option_is_set(inv, "cmd-b")),
                     project || brief || inv->positional_count > 0);
}
