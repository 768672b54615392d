/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_help.c: see command_help.h. One table feeds the parser, --help, the man page and the
 * completions, so that they cannot disagree. */
#include "harness/core/command_help.h"

#include <ctype.h>
#include <string.h>

/* `group` is looked up in command.common. */
static const struct {
  char group;
  struct option_spec spec;
} common_options[] = {
  { 'j', { "json", 0, OPTION_FLAG, NULL, "print exactly one JSON object on stdout", NULL } },
  { 'q', { "quiet", 'q', OPTION_FLAG, NULL, "no progress and no notes on stderr", NULL } },
  { 'o', { "out", 0, OPTION_STRING, "DIR", "folder for result folders", "results" } },
  { 'w',
    { "workload", 'w', OPTION_STRING, "NAME", "built-in workload to run, or replay:FILE, a trace of record",
      "random_mixed" } },
  { 'w', { "threads", 't', OPTION_STRING, "N", "number of threads, or all", "1" } },
  { 'w', { "slots", 0, OPTION_COUNT, "N", "slots of the workload (random_mixed: 400)", NULL } },
  { 'w', { "ops", 0, OPTION_COUNT, "N", "steps of each thread's loop", NULL } },
  { 'w', { "seed", 0, OPTION_U64, "N", "seed of the workload's random numbers", NULL } },
  { 'e', { "env", 'e', OPTION_LIST, "NAME=VALUE", "set a variable for the workload (repeatable)", NULL } },
  { 'e', { "user", 0, OPTION_STRING, "NAME", "run the workload as this user", NULL } },
  { 'e', { "timeout", 0, OPTION_SECONDS, "S", "give up on a workload after S seconds", NULL } },
};

size_t command_options(const struct command *cmd, struct option_spec *specs, size_t max) {
  size_t n = 0;
  for (const struct option_spec *o = cmd->options; o != NULL && o->name != NULL && n + 1 < max; o++) specs[n++] = *o;
  for (size_t i = 0; i < sizeof common_options / sizeof common_options[0] && n + 1 < max; i++) {
    if (cmd->common == NULL || strchr(cmd->common, common_options[i].group) == NULL) continue;
    bool own = false; /* a command may give a common option a help line or default of its own */
    for (const struct option_spec *o = cmd->options; o != NULL && o->name != NULL; o++)
      own = own || strcmp(o->name, common_options[i].spec.name) == 0;
    if (!own) specs[n++] = common_options[i].spec;
  }
  specs[n].name = NULL;
  return n;
}

static void option_head(const struct option_spec *o, char *buf, size_t size) {
  char letter[8] = "    ";
  if (o->letter) snprintf(letter, sizeof letter, "-%c, ", o->letter);
  snprintf(buf, size, "%s--%s%s%s", letter, o->name, o->argument && o->type != OPTION_MAYBE ? " " : "",
           o->argument ? o->argument : "");
}

void command_print_help(const struct command *cmd, FILE *out) {
  struct option_spec specs[COMMAND_OPTIONS_MAX];
  size_t n = command_options(cmd, specs, COMMAND_OPTIONS_MAX);
  const char *lead = "usage:";
  for (const char *const *s = cmd->synopsis; *s != NULL; s++, lead = "   or:")
    fprintf(out, "%s hakmem-harness %s%s%s\n", lead, cmd->name, **s ? " " : "", *s);
  fprintf(out, "\n%c%s.\n", toupper((unsigned char)cmd->summary[0]), cmd->summary + 1);
  if (cmd->description != NULL) fprintf(out, "\n%s\n", cmd->description);
  fprintf(out, "\nOptions:\n");
  for (size_t i = 0; i < n; i++) {
    char head[96];
    option_head(&specs[i], head, sizeof head);
    fprintf(out, "  %-28s %s%s%s%s\n", head, specs[i].help, specs[i].default_text ? " [" : "",
            specs[i].default_text ? specs[i].default_text : "", specs[i].default_text ? "]" : "");
  }
  fprintf(out, "  %-28s %s\n", "-h, --help", "this text");
}

void command_print_overview(const struct command *const *commands, FILE *out) {
  fprintf(out, "usage: hakmem-harness COMMAND [OPTION]...\n\n"
               "Does this gated code run in my workload, and does it cost anything?\n\nCommands:\n");
  for (const struct command *const *c = commands; *c != NULL; c++)
    fprintf(out, "  %-12s %s\n", (*c)->name, (*c)->summary);
  fprintf(out, "\n`hakmem-harness COMMAND --help` says more; `--version` prints the version.\n"
               "Exit: 0 done, 1 the claim does not hold, 2 usage, 3 not measured or inconclusive,\n"
               "4 failure of the harness, 130 interrupted.\n");
}

/* roff: a leading dot or quote and every backslash and hyphen need care. */
static void roff_text(const char *s, FILE *out) {
  bool start = true;
  for (; *s; s++) {
    if (start && (*s == '.' || *s == '\'')) fputs("\\&", out);
    if (*s == '\\') fputs("\\e", out);
    else if (*s == '-') fputs("\\-", out);
    else if (*s == '\n' && s[1] == '\n') {
      fputs("\n.PP", out);
    } else fputc(*s, out);
    start = *s == '\n';
  }
}

static void dump_man(const struct command *const *commands, FILE *out) {
  for (const struct command *const *c = commands; *c != NULL; c++) {
    struct option_spec specs[COMMAND_OPTIONS_MAX];
    size_t n = command_options(*c, specs, COMMAND_OPTIONS_MAX);
    fprintf(out, ".SS %s\n", (*c)->name);
    for (const char *const *s = (*c)->synopsis; *s != NULL; s++) {
      fprintf(out, ".br\n\\fBhakmem\\-harness %s\\fR ", (*c)->name);
      roff_text(*s, out);
      fputc('\n', out);
    }
    fputs(".PP\n", out);
    roff_text((*c)->summary, out);
    fputs(".\n", out);
    if ((*c)->description != NULL) {
      fputs(".PP\n", out);
      roff_text((*c)->description, out);
      fputc('\n', out);
    }
    for (size_t i = 0; i < n; i++) {
      fputs(".TP\n\\fB", out);
      if (specs[i].letter) fprintf(out, "\\-%c\\fR, \\fB", specs[i].letter);
      roff_text("--", out);
      roff_text(specs[i].name, out);
      fputs("\\fR", out);
      if (specs[i].argument) fprintf(out, " \\fI%s\\fR", specs[i].argument);
      fputc('\n', out);
      roff_text(specs[i].help, out);
      if (specs[i].default_text) {
        fputs(" [", out);
        roff_text(specs[i].default_text, out);
        fputs("]", out);
      }
      fputc('\n', out);
    }
  }
}

static void names_of(const struct command *c, FILE *out) {
  for (const char *const *n = c->names ? c->names() : NULL; n && *n; n++)
    fprintf(out, "%s%s", n == c->names() ? "" : " ", *n);
}

/* What `bench` takes is what --workload takes. */
static void workloads(const struct command *const *commands, FILE *out) {
  for (; *commands != NULL; commands++)
    if (strcmp((*commands)->name, "bench") == 0) names_of(*commands, out);
}

static void dump_bash(const struct command *const *commands, FILE *out) {
  fputs("# bash completion of hakmem-harness\n_hakmem_harness() {\n"
        "  local cur=${COMP_WORDS[COMP_CWORD]} cmd=${COMP_WORDS[1]} words names= takes=\n"
        "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n    COMPREPLY=($(compgen -W \"",
        out);
  for (const struct command *const *c = commands; *c != NULL; c++) fprintf(out, "%s ", (*c)->name);
  fputs("\" -- \"$cur\")); return\n  fi\n  case $cmd in\n", out);
  for (const struct command *const *c = commands; *c != NULL; c++) {
    struct option_spec specs[COMMAND_OPTIONS_MAX];
    size_t n = command_options(*c, specs, COMMAND_OPTIONS_MAX);
    fprintf(out, "  %s) words=\"--help", (*c)->name);
    for (size_t i = 0; i < n; i++) fprintf(out, " --%s", specs[i].name);
    fputs("\" takes=\"", out);
    for (size_t i = 0; i < n; i++)
      if (specs[i].argument) fprintf(out, " --%s", specs[i].name);
    fputs(" \" names=\"", out);
    names_of(*c, out);
    fputs("\" ;;\n", out);
  }
  fputs("  esac\n  local before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "  case $before in\n  -w|--workload) names=\"",
        out);
  workloads(commands, out);
  fputs(
      "\" ;;\n  :) [[ ${COMP_WORDS[COMP_CWORD-2]} != replay ]] || names= ;; # bash parts words at a colon\n  --*) [[ "
      "$takes != *\" $before \"* ]] || names= ;; # its argument is a file, or free\n  esac\n"
      "  if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "  elif [ -n \"$names\" ]; then COMPREPLY=($(compgen -W \"$names\" -- \"$cur\"))\n"
      "  else COMPREPLY=($(compgen -f -- \"$cur\"))\n  fi\n}\ncomplete -o default -F _hakmem_harness hakmem-harness\n",
      out);
}

static void dump_zsh(const struct command *const *commands, FILE *out) {
  fputs("#compdef hakmem-harness\nlocal -a cmds\ncmds=(\n", out);
  for (const struct command *const *c = commands; *c != NULL; c++)
    fprintf(out, "  '%s:%s'\n", (*c)->name, (*c)->summary);
  fputs(")\nif (( CURRENT == 2 )); then _describe command cmds; return; fi\ncase $words[2] in\n", out);
  for (const struct command *const *c = commands; *c != NULL; c++) {
    struct option_spec specs[COMMAND_OPTIONS_MAX];
    size_t n = command_options(*c, specs, COMMAND_OPTIONS_MAX);
    fprintf(out, "%s) _arguments '--help[this text]'", (*c)->name);
    for (size_t i = 0; i < n; i++) {
      fprintf(out, " '%s--%s%s[", specs[i].type == OPTION_LIST ? "*" : "", specs[i].name, specs[i].argument ? "=" : "");
      for (const char *s = specs[i].help; *s; s++)
        if (*s != '\'' && *s != '[' && *s != ']') fputc(*s == ':' ? ',' : *s, out);
      const char *argument = specs[i].argument;
      fprintf(out, "]%s%s", argument ? ":" : "", argument ? argument : "");
      if (argument && strcmp(specs[i].name, "workload") == 0) {
        fputs(":(", out);
        workloads(commands, out);
        fputs(")'", out);
      } else {
        fputs(!argument ? "'" : strcmp(argument, "DIR") == 0 ? ":_files -/'" : ":_files'", out);
      }
    }
    fputs((*c)->names ? " '*: :(" : " '*: :_files", out);
    names_of(*c, out);
    fputs((*c)->names ? ")' ;;\n" : "' ;;\n", out);
  }
  fputs("esac\n", out);
}

int command_dump(const struct command *const *commands, const char *what, FILE *out) {
  if (strcmp(what, "man") == 0) dump_man(commands, out);
  else if (strcmp(what, "bash") == 0) dump_bash(commands, out);
  else if (strcmp(what, "zsh") == 0) dump_zsh(commands, out);
  else return EXIT_USAGE;
  return fflush(out) == 0 ? EXIT_DONE : EXIT_INTERNAL;
}
