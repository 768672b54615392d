/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command.c: parsing and running a subcommand; help is in command_help.c. */
#include "harness/core/command.h"

#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/command_help.h"
#include "harness/core/interrupt.h"
#include "harness/core/json_out.h"
#include "harness/core/names.h"
#include "harness/core/numbers.h"
#include "harness/core/progress.h"
#include "harness/core/registry.h"
#include "harness/core/units.h"

/* One per row of command_options(); values of a list in order, NULL-terminated. */
struct option_value {
  const struct option_spec *spec;
  char **given;
  size_t count;
};

static const struct option_value *find_value(const struct invocation *inv, const char *name) {
  for (const struct option_value *v = inv->values; v->spec != NULL; v++)
    if (strcmp(v->spec->name, name) == 0) return v;
  return NULL;
}

bool option_is_set(const struct invocation *inv, const char *name) {
  const struct option_value *v = find_value(inv, name);
  return v != NULL && v->count > 0;
}

const char *option_string(const struct invocation *inv, const char *name) {
  const struct option_value *v = find_value(inv, name);
  if (v == NULL) return NULL;
  return v->count > 0 ? v->given[v->count - 1] : v->spec->default_text;
}

/* What each type of number may be: beyond it nothing is meant. */
static const struct range {
  uint64_t low, high;
  char unit; /* of a number with fractions, above low and up to high; 0: a whole one, from low to high */
  const char *wanted;
} ranges[] = {
  [OPTION_U64] = { 0, UINT64_MAX, 0, "a whole number" },
  [OPTION_COUNT] = { 1, UINT64_C(1000000000000), 0, "a whole number" },
  [OPTION_TIMES] = { 1, 1000000000, 0, "a whole number" },
  [OPTION_PID] = { 1, 1 << 22, 0, "a whole number" },                    /* PID_MAX_LIMIT */
  [OPTION_SECONDS] = { 0, 365 * 24 * 3600, 's', "a number of seconds" }, /* a year */
  [OPTION_MINUTES] = { 0, 365 * 24 * 60, 'm', "a number of minutes" },
  [OPTION_PERCENT] = { 0, 1000, '%', "a number of percent" },
};

static bool is_number(enum option_type type) { return type >= OPTION_U64 && type <= OPTION_PERCENT; }

static bool parse_whole(enum option_type type, const char *text, uint64_t *value) {
  return number_whole(text, value) && *value >= ranges[type].low && *value <= ranges[type].high;
}

static bool parse_fraction(enum option_type type, const char *text, double *value) {
  return number_positive(text, ranges[type].unit, (double)ranges[type].high, value);
}

uint64_t option_u64(const struct invocation *inv, const char *name) {
  uint64_t v = 0;
  const char *s = option_string(inv, name);
  return s != NULL && number_whole(s, &v) ? v : 0;
}

static double option_fraction(const struct invocation *inv, enum option_type type, const char *name) {
  double v = 0;
  const char *s = option_string(inv, name);
  return s != NULL && parse_fraction(type, s, &v) ? v : 0;
}

double option_seconds(const struct invocation *inv, const char *name) {
  return option_fraction(inv, OPTION_SECONDS, name);
}

double option_minutes(const struct invocation *inv, const char *name) {
  return option_fraction(inv, OPTION_MINUTES, name);
}

double option_percent(const struct invocation *inv, const char *name) {
  return option_fraction(inv, OPTION_PERCENT, name);
}

char *const *option_list(const struct invocation *inv, const char *name) {
  static char *const empty[] = { NULL };
  const struct option_value *v = find_value(inv, name);
  return v != NULL && v->count > 0 ? v->given : empty;
}

/* What was said last: with --json the answer to a failed command is one object too. */
static struct error last_error;

static void print_json_error(const struct command *cmd) {
  json_t *o = json_result(cmd->name);
  json_object_set_new(o, "error", json_text(last_error.text[0] ? last_error.text : "failed"));
  json_object_set_new(o, "advice", json_text(last_error.advice[0] ? last_error.advice : NULL));
  json_print(o);
  json_decref(o);
}

int command_fail(const struct error *e) {
  last_error = *e;
  if (e->kind == ERROR_NONE) /* somebody returned a code and said nothing: nearly always no memory */
    error_raise(&last_error, ERROR_INTERNAL, -EIO, "failed, and nobody said why");
  bool colour = colour_wanted(STDERR_FILENO);
  /* what a command said may be in both */
  char *text = units_visible(last_error.text, true), *advice = units_visible(e->advice, true);
  fprintf(stderr, "%serror:%s %s\n", colour ? "\033[31m" : "", colour ? "\033[0m" : "", text ? text : "no memory");
  if (e->advice[0] != '\0') fprintf(stderr, "  %s\n", advice ? advice : "no memory");
  free(text);
  free(advice);
  return error_exit_code(&last_error);
}

int command_usage(const struct invocation *inv, const char *format, ...) {
  va_list ap;
  error_clear(&last_error);
  va_start(ap, format);
  vsnprintf(last_error.text, sizeof last_error.text, format, ap);
  va_end(ap);
  char *text = units_visible(last_error.text, true);
  fprintf(stderr, "hakmem-harness %s: %s\n  see: hakmem-harness %s --help\n", inv->command->name,
          text ? text : "no memory", inv->command->name);
  free(text);
  return EXIT_USAGE;
}

int command_reject(const struct invocation *inv, const struct error *e) {
  return e->kind == ERROR_USAGE ? command_usage(inv, "%s", e->text) : command_fail(e);
}

void command_note(const struct invocation *inv, const char *format, ...) {
  va_list ap;
  char *text, *shown;
  if (inv->quiet) return;
  va_start(ap, format);
  int n = vasprintf(&text, format, ap);
  va_end(ap);
  if (n < 0) return;
  if ((shown = units_visible(text, true)) != NULL) fprintf(stderr, "%s\n", shown);
  free(shown);
  free(text);
}

static bool valid_value(const struct option_spec *o, const char *text) {
  uint64_t u;
  double d;
  if (!is_number(o->type)) return true;
  return ranges[o->type].unit ? parse_fraction(o->type, text, &d) : parse_whole(o->type, text, &u);
}

static int say_range(const struct invocation *inv, const struct option_spec *o, const char *text) {
  const struct range *r = &ranges[o->type];
  if (r->unit)
    return command_usage(inv, "--%s wants %s above 0 and up to %" PRIu64 ", not '%s'", o->name, r->wanted, r->high,
                         text);
  return command_usage(inv, "--%s wants %s from %" PRIu64 " to %" PRIu64 ", not '%s'", o->name, r->wanted, r->low,
                       r->high, text);
}

static int check_env_settings(const struct invocation *inv) {
  for (char **e = inv->env; *e != NULL; e++) {
    const char *eq = strchr(*e, '=');
    if (eq == NULL || eq == *e) return command_usage(inv, "--env wants NAME=VALUE, not '%s'", *e);
  }
  return 0;
}

/* What --slots, --out and the like say, as plain fields. */
static void fill_common(struct invocation *inv) {
  const char *s;
  inv->json = option_is_set(inv, "json");
  inv->quiet = option_is_set(inv, "quiet");
  inv->out_dir = (s = option_string(inv, "out")) != NULL ? s : "results";
  inv->workload = (s = option_string(inv, "workload")) != NULL ? s : "random_mixed";
  inv->threads = (s = option_string(inv, "threads")) != NULL ? s : "1";
  inv->slots = option_u64(inv, "slots");
  inv->ops = option_u64(inv, "ops");
  inv->seed_given = option_is_set(inv, "seed");
  inv->seed = option_u64(inv, "seed");
  inv->env = (char **)option_list(inv, "env");
  inv->user = option_string(inv, "user");
  inv->timeout_s = option_seconds(inv, "timeout");
}

/* A reader that closed its pipe (head) has what it wanted; a full disk lost the answer. */
static bool output_lost(void) {
  struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
  if (fflush(stdout) == 0 && !ferror(stdout)) return false;
  return poll(&p, 1, 0) != 1 || (p.revents & (POLLERR | POLLNVAL)) == 0;
}

/* Whether one object is owed though the line could not be parsed. */
static bool asks_for_json(int argc, char **argv) {
  for (int i = 1; i < argc && argv[i] != NULL && strcmp(argv[i], "--") != 0; i++)
    if (strcmp(argv[i], "--json") == 0) return true;
  return false;
}

static int parse_and_run(const struct command *cmd, int argc, char **argv) {
  static struct option_spec specs[COMMAND_OPTIONS_MAX];
  static struct option longs[COMMAND_OPTIONS_MAX + 2];
  static struct option_value values[COMMAND_OPTIONS_MAX];
  char shorts[3 * COMMAND_OPTIONS_MAX + 2] = "+h";
  size_t n = command_options(cmd, specs, COMMAND_OPTIONS_MAX);
  struct invocation inv = { .command = cmd, .values = values };
  for (size_t i = 0; i < n; i++) {
    values[i] = (struct option_value){ &specs[i], calloc((size_t)argc + 1, sizeof(char *)), 0 };
    if (values[i].given == NULL) return EXIT_INTERNAL;
    longs[i] = (struct option){ specs[i].name,
                                specs[i].type == OPTION_FLAG    ? no_argument
                                : specs[i].type == OPTION_MAYBE ? optional_argument
                                                                : required_argument,
                                NULL, 256 + (int)i };
    if (specs[i].letter) {
      size_t k = strlen(shorts);
      shorts[k] = specs[i].letter;
      if (specs[i].type != OPTION_FLAG) shorts[k + 1] = ':';
      if (specs[i].type == OPTION_MAYBE) shorts[k + 2] = ':';
    }
  }
  longs[n] = (struct option){ "help", no_argument, NULL, 'h' };

  /* options and positional arguments may be mixed, up to --; getopt's own permutation would
   * also look behind it, so the line is cut there first */
  int own = argc;
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--") == 0) {
      own = i;
      inv.child_argv = argv + i + 1;
      break;
    }
  char **positional = calloc((size_t)argc + 1, sizeof *positional);
  if (positional == NULL) return EXIT_INTERNAL;
  char *cut = own < argc ? argv[own] : NULL;
  argv[own] = NULL;
  opterr = 0;
  for (optind = 1; optind < own;) {
    int c = getopt_long(own, argv, shorts, longs, NULL);
    if (c == -1) {
      positional[inv.positional_count++] = argv[optind++];
      continue;
    }
    if (c == 'h') {
      command_print_help(cmd, stdout);
      return EXIT_DONE;
    }
    if (c == '?') return command_usage(&inv, "unknown option, or one without its argument: '%s'", argv[optind - 1]);
    size_t i = 0;
    if (c >= 256) i = (size_t)(c - 256);
    else
      while (i < n && specs[i].letter != c) i++;
    char *text = specs[i].type == OPTION_FLAG || optarg == NULL ? (char *)"" : optarg;
    if (specs[i].type == OPTION_MAYBE && *text == '=') text++; /* -x=TEXT */
    if (!valid_value(&specs[i], text)) return say_range(&inv, &specs[i], text);
    values[i].given[values[i].count++] = text;
  }
  if (cut != NULL) argv[own] = cut;
  inv.positional = positional;
  if (inv.child_argv != NULL && !cmd->takes_command) return command_usage(&inv, "takes no command after --");
  if (inv.child_argv != NULL && inv.child_argv[0] == NULL) return command_usage(&inv, "no command stands after --");
  if (inv.positional_count < cmd->positional_min)
    return command_usage(&inv, "an argument is missing: hakmem-harness %s %s", cmd->name, cmd->synopsis[0]);
  if (cmd->positional_max >= 0 && inv.positional_count > cmd->positional_max)
    return command_usage(&inv, "too many arguments: '%s'", positional[cmd->positional_max]);
  fill_common(&inv);
  int rc = check_env_settings(&inv);
  if (rc != 0) return rc;
  rc = cmd->run(&inv);
  if (inv.json && rc != EXIT_DONE && !json_was_printed()) print_json_error(cmd);
  return rc;
}

static int dispatch(const struct command *const *commands, int argc, char **argv) {
  if (argc < 2) {
    command_print_overview(commands, stderr);
    return EXIT_USAGE;
  }
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
    if (strcmp(name, "help") == 0 && argc > 2) {
      for (const struct command *const *c = commands; *c != NULL; c++)
        if (strcmp((*c)->name, argv[2]) == 0) {
          command_print_help(*c, stdout);
          return EXIT_DONE;
        }
    } else {
      command_print_overview(commands, stdout);
      return EXIT_DONE;
    }
    name = argv[2];
  } else if (strcmp(name, "--version") == 0) {
    printf("hakmem-harness %s\n", HAKMEM_VERSION);
    return EXIT_DONE;
  } else if (strncmp(name, "--dump-", 7) == 0) { /* for the man page and completion generators */
    return command_dump(commands, name + 7, stdout);
  }
  for (const struct command *const *c = commands; *c != NULL; c++)
    if (strcmp((*c)->name, name) == 0) {
      int rc = parse_and_run(*c, argc - 1, argv + 1);
      if (rc == EXIT_USAGE && asks_for_json(argc - 1, argv + 1) && !json_was_printed()) print_json_error(*c);
      return rc;
    }
  const char *names[64];
  struct error unknown;
  size_t n = 0;
  for (; commands[n] != NULL && n < 63; n++) names[n] = commands[n]->name;
  names[n] = NULL;
  names_unknown(&unknown, "command", name, names);
  char *text = units_visible(unknown.text, true);
  fprintf(stderr, "hakmem-harness: %s\n  see: hakmem-harness --help\n", text ? text : "no memory");
  free(text);
  return EXIT_USAGE;
}

int command_main(const struct command *const *commands, int argc, char **argv) {
  interrupt_catch();
  signal(SIGPIPE, SIG_IGN);
  int rc = dispatch(commands, argc, argv);
  /* whatever the answer was: INCONCLUSIVE is one as well, and what was interrupted says what there is */
  if ((rc != EXIT_USAGE || json_was_lost()) && output_lost()) {
    fprintf(stderr, "error: cannot write the output: is the disk full?\n");
    if (rc != EXIT_INTERRUPTED) return EXIT_INTERNAL;
  }
  return rc;
}
