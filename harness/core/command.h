/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command.h: what a subcommand is.
 *
 * A command is one file harness/cmd/cmd_NAME.c that exports one const descriptor. It parses
 * nothing itself: its options stand in a table, from which come parsing, --help, the man page
 * and shell completion. To add a command: write the file, name its descriptor in
 * harness/cmd/commands.def. */
#ifndef HARNESS_CORE_COMMAND_H
#define HARNESS_CORE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"
#include "harness/core/exit_codes.h"

enum option_type {
  OPTION_FLAG, /* no argument */
  OPTION_STRING,
  OPTION_U64,     /* decimal or 0x…, suffixes k M G (powers of 1000) */
  OPTION_COUNT,   /* the same, of something of which there must be one; command.c has its range and those below */
  OPTION_TIMES,   /* how often something is done: fits an unsigned */
  OPTION_PID,     /* of a process */
  OPTION_SECONDS, /* a positive number of seconds, fractions allowed */
  OPTION_MINUTES,
  OPTION_PERCENT, /* a positive number, with or without a % */
  OPTION_MAYBE,   /* a text, which may be left out: --name or --name=TEXT; "" where it was */
  OPTION_LIST,    /* may be given more than once */
};

struct option_spec {
  const char *name; /* long name, without -- */
  char letter;      /* short name, 0 for none */
  enum option_type type;
  const char *argument;     /* what stands for the argument in --help, NULL for a flag */
  const char *help;         /* one line */
  const char *default_text; /* shown in --help and returned when not given; NULL for none */
};

struct invocation;

struct command {
  const char *name;
  const char *summary;                      /* one line, no full stop */
  const char *const *synopsis;              /* NULL-terminated: what follows the command's name */
  const char *description;                  /* paragraphs for --help and the man page */
  const struct option_spec *options;        /* own options, ended by a NULL name */
  const char *common;                       /* letters of the common options taken: see command.c;
                                               "jqo" json quiet out, "w" workload threads slots ops seed,
                                               "e" env user timeout */
  bool takes_command;                       /* `-- CMD…` may follow */
  int positional_min, positional_max;       /* number of positional arguments; max -1: any */
  const char *const *(*names)(void);        /* those that completion offers, NULL-terminated; NULL: files */
  int (*run)(const struct invocation *inv); /* returns an enum exit_code */
};

/* The parsed command line. Strings live as long as argv. */
struct invocation {
  const struct command *command;
  int positional_count;
  char **positional;
  char **child_argv;           /* after --, NULL-terminated; NULL where none was given */
  struct option_value *values; /* internal */
  /* common options, with their defaults where not given */
  bool json, quiet;
  const char *out_dir;       /* --out, default "results" */
  const char *workload;      /* --workload, default "random_mixed" */
  const char *threads;       /* --threads as given: "1", "4", "all", "1,all" */
  uint64_t slots, ops, seed; /* 0 where not given: the workload's or command's own default */
  bool seed_given;
  char **env;       /* --env NAME=VALUE…, NULL-terminated (maybe empty) */
  const char *user; /* --user, NULL for none */
  double timeout_s; /* --timeout, 0 for none */
};

bool option_is_set(const struct invocation *inv, const char *name);
/* The value given, else the default, else NULL. */
const char *option_string(const struct invocation *inv, const char *name);
uint64_t option_u64(const struct invocation *inv, const char *name);
double option_seconds(const struct invocation *inv, const char *name);
double option_minutes(const struct invocation *inv, const char *name);
double option_percent(const struct invocation *inv, const char *name);
/* All values of a repeated option, NULL-terminated, never NULL. */
char *const *option_list(const struct invocation *inv, const char *name);

/* Parses, runs, and turns --help into help. Returns the exit code. */
int command_main(const struct command *const *commands, int argc, char **argv);

/* Prints `error: …` and its advice to stderr; returns the exit code of its kind. For cmd_*.c only. */
int command_fail(const struct error *e);
/* `hakmem-harness NAME: text` and a pointer to --help; returns EXIT_USAGE. */
int command_usage(const struct invocation *inv, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for what the library says is wrong about an option; what is no usage error fails as any. */
int command_reject(const struct invocation *inv, const struct error *e);
/* A line to stderr unless --quiet. */
void command_note(const struct invocation *inv, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
