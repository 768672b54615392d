/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ab.c: `hakmem-harness ab`: what does compiling telemetry out gain, with a verdict. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/ab_print.h"
#include "harness/ab/ab_run.h"
#include "harness/ab/arms_expand.h"
#include "harness/ab/baseline.h"
#include "harness/cmd/ab_usage.h"
#include "harness/core/command.h"
#include "harness/core/registry.h"
#include "harness/core/units.h"
#include "harness/fleet/pack_builder.h"
#include "harness/fleet/pack_make.h"
#include "harness/project/project_builtin.h"
#include "harness/report/arm_export.h"

/* Of --runs without a budget: more than anybody waits. */
#define RUNS_BUDGET_S 1e8

static char *const *list_of(const struct invocation *inv, const char *name) {
  char *const *list = option_list(inv, name);
  return list[0] ? list : NULL;
}

/* Two sides as a list. */
static char *const *two_rows(const struct invocation *inv, const char *a, const char *b) {
  static char *rows[3];
  rows[0] = (char *)(uintptr_t)option_string(inv, a);
  rows[1] = (char *)(uintptr_t)option_string(inv, b);
  return rows;
}

/* How commands are run, and which ones where there are any number. */
static int commands_of(const struct invocation *inv, struct ab_commands *c, struct error *err) {
  static const char *const hook[AB_HOOKS] = { "setup", "prepare", "conclude", "cleanup" };
  static char in[4400], out[4400];
  c->cmd = list_of(inv, "cmd");
  c->lib = list_of(inv, "lib");
  c->name = list_of(inv, "name");
  c->param = list_of(inv, "param");
  for (int i = 0; i < AB_HOOKS; i++) c->hook[i] = list_of(inv, hook[i]);
  c->shell = option_string(inv, "shell");
  c->in = option_string(inv, "stdin");
  c->out = option_is_set(inv, "stdout") ? option_string(inv, "stdout") : NULL;
  c->accept = option_string(inv, "ignore-failure");
  c->warmup = option_u64(inv, "warmup");
  c->runs = option_u64(inv, "runs");
  if (ab_usage_tabled(inv) && option_is_set(inv, "cmd-a")) c->cmd = two_rows(inv, "cmd-a", "cmd-b");
  if (ab_usage_tabled(inv) && option_is_set(inv, "a")) c->lib = two_rows(inv, "a", "b");
  return run_paths(c, in, out, sizeof in, err);
}

static void add_quoted(FILE *f, const char *word) {
  fputc('\'', f);
  for (; *word != '\0'; word++)
    if (*word == '\'') fputs("'\"'\"'", f);
    else fputc(*word, f);
  fputc('\'', f);
}

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

/* The project that the short form says, as the lines of a file; whoever asked for it frees it. */
static char *short_project(const struct invocation *inv) {
  static const char *const changes[] = { "define", "option", "patch", "rev" };
  char *text = NULL;
  size_t size = 0;
  const char *image = option_string(inv, "image");
  FILE *f = open_memstream(&text, &size);
  if (!f) return NULL;
  fprintf(f, "source %s\nbuild %s\nimage %s\n", option_string(inv, "source"), option_string(inv, "build"), image);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
    if (option_is_set(inv, changes[i]))
      fprintf(f, "gate %s\n  %s %s\n", changes[i], changes[i], option_string(inv, changes[i]));
  fputs("workload command\n  run ", f);
  for (char **w = inv->child_argv; w && *w; w++) {
    if (w != inv->child_argv) fputc(' ', f);
    if (w == inv->child_argv && strcmp(base_of(*w), base_of(image)) == 0) fputs("@image@", f);
    else add_quoted(f, *w);
  }
  fputc('\n', f);
  if (option_is_set(inv, "clock")) fprintf(f, "  clock %s\n", option_string(inv, "clock"));
  return fclose(f) == 0 ? text : NULL;
}

/* Which gate of a project; rev is one that is added to the file's. */
static int project_options(const struct invocation *inv, struct ab_options *o, struct error *err) {
  static char path[PATH_MAX], extra[300], *name[2];
  const char *file = option_string(inv, "project"), *rev = option_string(inv, "rev");
  o->project_short = option_is_set(inv, "build");
  if (file && project_is_builtin(file)) snprintf(path, sizeof path, "%s", file);
  else if (realpath(file ? file : ".", path) == NULL)
    return error_raise(err, ERROR_USAGE, -errno, "%.300s: %s", file, strerror(errno));
  o->project = path;
  o->project_workload = option_is_set(inv, "workload") ? inv->workload : NULL;
  if (o->project_short) {
    o->project_extra = short_project(inv);
    o->source_dir = NULL;
    if (!o->project_extra) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    return 0;
  }
  if (rev) {
    snprintf(extra, sizeof extra, "gate rev\n  rev %.250s\n", rev);
    o->project_extra = extra;
  }
  static char rev_name[] = "rev";
  name[0] = rev ? rev_name : (char *)(uintptr_t)option_string(inv, "gate");
  if (name[0]) o->names = name;
  return 0;
}

static int options_of(const struct invocation *inv, struct ab_options *o, struct error *err) {
  memset(o, 0, sizeof *o);
  o->names = inv->positional_count ? inv->positional : NULL;
  o->with = option_list(inv, "with");
  for (int i = 0; i < 2 && !ab_usage_tabled(inv); i++) {
    o->lib[i] = option_string(inv, i ? "b" : "a");
    o->cmd[i] = option_string(inv, i ? "cmd-b" : "cmd-a");
  }
  o->protocol = (enum ab_protocol)fields_enum_of(ab_protocol_names, option_string(inv, "protocol"));
  o->source_dir = option_string(inv, "source");
  o->workload = inv->workload;
  o->threads_given = option_is_set(inv, "threads");
  o->slots = inv->slots;
  o->seed = inv->seed_given ? inv->seed : ab_random_seed();
  o->budget_s = option_seconds(inv, "budget");
  if (option_is_set(inv, "runs") && !option_is_set(inv, "budget")) o->budget_s = RUNS_BUDGET_S;
  o->margin_pct = option_percent(inv, "margin");
  o->level = 0.95;
  o->no_direct = option_is_set(inv, "no-direct");
  o->whole_budget = option_is_set(inv, "whole-budget");
  o->no_callgrind = option_is_set(inv, "no-callgrind");
  o->env = inv->env;
  o->user = inv->user;
  o->timeout_s = inv->timeout_s;
  if (option_is_set(inv, "project") || option_is_set(inv, "build")) {
    int rc = project_options(inv, o, err);
    if (rc) return rc;
  }
  int rc = commands_of(inv, &o->commands, err);
  if (rc == 0) rc = ab_options_threads(o, inv->threads, err);
  return rc ? rc : ab_options_trace(o, err);
}

/* --pack: nothing is measured here. */
static int ask_for_pack(const struct invocation *inv, struct ab_options *o, struct error *err) {
  const char *path = option_string(inv, "pack");
  if (o->protocol == AB_SOURCE)
    return error_raise(err, ERROR_USAGE, -EINVAL, "--pack is of the paired protocol: the source's gives no interval");
  if (o->trace) return error_raise(err, ERROR_USAGE, -EINVAL, "--pack takes built-in workloads: a pack holds no trace");
  if (o->threads[1])
    return error_raise(err, ERROR_USAGE, -EINVAL, "--pack takes one number of threads: a pack is one question");
  if (o->commands.cmd || o->commands.lib)
    return error_raise(err, ERROR_USAGE, -EINVAL, "--pack takes two sides: a pack is one question");
  for (int i = 0; i < AB_HOOKS; i++)
    if (o->commands.hook[i] || o->commands.in || o->commands.out || o->commands.shell || o->commands.accept)
      return error_raise(err, ERROR_USAGE, -EINVAL,
                         "--pack takes commands as they are: no hooks, shell, input, output");
  if (o->user) return error_raise(err, ERROR_USAGE, -EINVAL, "--user goes with pack run, on the machine that measures");
  o->instead = pack_make_ab;
  o->context = (void *)(uintptr_t)path;
  return pack_place_check(path, err);
}

/* What stands in the folder is not believed unsaid: its commands are shown, its user has to be named. */
static int show_resumed(const struct invocation *inv, const struct ab_options *o, struct error *err) {
  const struct passwd *self = getpwuid(geteuid());
  if (o->user && (!inv->user || strcmp(inv->user, o->user) != 0)) {
    int rc = error_raise(err, ERROR_REFUSED, -EPERM, "the folder wants its commands to run as user '%s'", o->user);
    return error_advise(err, "say so on the command line if that is right: --user %s", o->user), rc;
  }
  command_note(inv, "goes on as user %s", o->user ? o->user : self ? self->pw_name : "of no name");
  for (int i = 0; i < 2; i++) {
    if (o->cmd[i]) command_note(inv, "  command %c: %s", 'a' + i, o->cmd[i]);
    if (o->lib[i]) command_note(inv, "  library %c: %s", 'a' + i, o->lib[i]);
  }
  if (o->project) command_note(inv, "  project: %s%s", o->project, o->project_short ? ", and a command line" : "");
  if (o->project_extra) command_note(inv, "  with these lines: %s", o->project_extra);
  for (char *const *c = o->commands.cmd; c && *c; c++) command_note(inv, "  command: %s", *c);
  for (char *const *c = o->commands.lib; c && *c; c++) command_note(inv, "  library: %s", *c);
  for (int i = 0; i < AB_HOOKS; i++)
    for (char *const *c = o->commands.hook[i]; c && *c; c++) command_note(inv, "  hook: %s", *c);
  if (o->commands.shell) command_note(inv, "  shell: %s", o->commands.shell);
  if (o->commands.in) command_note(inv, "  input: %s", o->commands.in);
  if (o->commands.out) command_note(inv, "  output: %s", o->commands.out);
  if (o->source_dir) command_note(inv, "  sources: %s", o->source_dir);
  for (char *const *e = o->env; e && *e; e++) command_note(inv, "  environment: %s", *e);
  return 0;
}

/* The measurement is kept whatever becomes of a copy of its table. */
static int export(struct arm_exports *e, const struct ab_result *r) {
  struct error err = { 0 };
  return arm_exports_write(e, r, &err) ? command_fail(&err) : EXIT_DONE;
}

static int open_exports(const struct invocation *inv, struct arm_exports *e, struct error *err) {
  const char *path[ARM_EXPORT_FORMS];
  for (int i = 0; i < ARM_EXPORT_FORMS; i++) path[i] = option_string(inv, arm_export_options[i]);
  return arm_exports_open(e, path, inv->json, err);
}

/* What will not be as somebody may think it will, said before anything is measured. */
static void say_before(const struct invocation *inv, const struct ab_options *o) {
  const struct ab_commands *c = &o->commands;
  char name[64];
  struct error none = { 0 };
  struct arms *all = c->runs > 0 && option_is_set(inv, "fail-on") ? calloc(1, sizeof *all) : NULL;
  if ((c->cmd || o->cmd[0]) && arms_without_list(o, name, sizeof name))
    command_note(inv, "{%s} stands in a command, and no --param lists its values: it is passed on as it stands", name);
  if (ab_usage_tabled(inv) && (option_is_set(inv, "cmd-a") || option_is_set(inv, "a")))
    command_note(inv, "--%s: a and b are two rows of a table, each run once in a block", ab_usage_tabled(inv));
  /* what is wrong in them ab_run says */
  if (all && arms_expand(o, all, &none) == 0 && all->count > 1 && c->runs < ab_gate_runs(all->count))
    command_note(inv, "--fail-on: %" PRIu64 " run%s of each %s no interval, and so no answer: %" PRIu64 " at least",
                 c->runs, units_plural(c->runs, "", "s"), units_plural(c->runs, "gives", "give"),
                 ab_gate_runs(all->count));
  if (all) arms_free(all);
  free(all);
}

/* Side b stays under a name, whatever the verdict is. */
static int save(const struct invocation *inv, const struct ab_options *o, const struct ab_result *r) {
  const char *name = option_string(inv, "save");
  struct error err = { 0 };
  if (!name || r->m.partial == ANSWER_YES) return EXIT_DONE;
  if (baseline_save(name, o, r, &err) != 0) return command_fail(&err);
  command_note(inv, "side b is the baseline %s now", name);
  return EXIT_DONE;
}

/* Names are asked for before anything is measured; --against fills side a. */
static int baselines(const struct invocation *inv, struct ab_options *o, struct baseline *b, struct error *err) {
  const char *save_as = option_string(inv, "save"), *against = option_string(inv, "against");
  int rc = save_as ? baseline_check_name(save_as, err) : 0;
  if (rc == 0 && against) rc = baseline_check_name(against, err);
  if (rc || !against) return rc;
  rc = baseline_take(against, option_is_set(inv, "anyway"), o, b, err);
  if (rc == 0) o->baseline = baseline_report(against, b);
  return rc;
}

static int run_ab(const struct invocation *inv) {
  struct baseline baseline;
  fields_init(&ab_baseline_file_fields, &baseline.file);
  struct ab_options o;
  struct error err = { 0 };
  struct ab_result result;
  struct arm_exports exports = { 0 };
  const struct ab_print_how how = { option_is_set(inv, "verbose"), option_is_set(inv, "explain") };
  const char *resume = option_string(inv, "resume");
  int rc;
  if (resume && (inv->positional_count || option_is_set(inv, "budget")))
    return command_usage(inv, "--resume goes on with the gates and the budget of the folder: name neither");
  if (resume && option_is_set(inv, "pack")) return command_usage(inv, "--pack begins anew: not with --resume");
  const char *complaint = resume ? NULL : ab_usage_complaint(inv);
  if (complaint) return command_usage(inv, "%s", complaint);
  for (char *const *c = option_list(inv, "fail-on"); *c; c++)
    if (strcmp(*c, "worse") != 0 && strcmp(*c, "better") != 0 && strcmp(*c, "unresolved") != 0)
      return command_usage(inv, "--fail-on %s is none of worse, better, unresolved", *c);
  rc = resume ? ab_options_load(&o, resume, &err) : options_of(inv, &o, &err);
  if (rc == 0 && !resume) rc = baselines(inv, &o, &baseline, &err);
  if (rc == 0 && resume) rc = show_resumed(inv, &o, &err);
  if (rc == 0 && o.protocol == AB_PROTOCOL_NONE)
    return command_usage(inv, "--protocol is paired or source, not '%s'", option_string(inv, "protocol"));
  if (rc == 0 && option_is_set(inv, "pack")) rc = ask_for_pack(inv, &o, &err);
  if (rc == 0) rc = open_exports(inv, &exports, &err);
  if (rc == 0) {
    say_before(inv, &o);
    o.out_dir = inv->out_dir;
    o.quiet = inv->quiet;
    rc = ab_run(&o, resume, &result, &err);
    if (rc) arm_exports_close(&exports);
  }
  if (rc) {
    ab_options_free(&o);
    return command_fail(&err);
  }
  char gate[1600];
  int code = ab_gate_code(&result, option_list(inv, "fail-on"), gate, sizeof gate);
  if (inv->json) json_print_fields(&ab_result_fields, &result);
  else ab_print(exports.to_stdout ? stderr : stdout, &result, &how); /* what is piped on stays alone */
  for (char *state, *line = strtok_r(gate, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
    command_note(inv, "--fail-on %s", line);
  command_note(inv, "results in %s", result.results_dir);
  int exported = export(&exports, &result), saved = save(inv, &o, &result);
  arm_exports_close(&exports);
  if (code == EXIT_DONE) code = exported != EXIT_DONE ? exported : saved;
  fields_free(&ab_result_fields, &result);
  ab_options_free(&o);
  baseline_free(&baseline);
  return code;
}

static const char *const synopsis[] = {
  "GATE[,GATE…]|all [--budget S] [--protocol paired|source] [--threads 1,all] [--source DIR] [--json]",
  "--a LIB --b LIB [--workload NAME] [--budget S] [--json]",
  "--cmd-a 'CMD' --cmd-b 'CMD' [--budget S] [--json]",
  "--cmd CMD --cmd CMD… [--name NAME]… [-P NAME=V,…]… [--runs N] [--prepare CMD] [--shell SH] [--json]",
  "--lib LIB --lib LIB… [--workload NAME] [--json]",
  "GATE…|--a LIB --b LIB|--cmd-a 'CMD' --cmd-b 'CMD'|--project FILE [GATE] --pack FILE [--json]",
  "--project FILE [GATE|--rev A..B] [--workload NAME] [--budget S] [--fail-on worse|better|unresolved]… [--json]",
  "--source DIR --build CMD --image FILE --define X|--option X|--patch F|--rev A..B [--clock C] [--json] -- CMD…",
  "--resume DIR [--json]",
  NULL
};
static const struct option_spec options[] = {
  { "budget", 'b', OPTION_SECONDS, "S", "seconds of measuring; it stops earlier when the verdict is clear", "60" },
  { "protocol", 0, OPTION_STRING, "P", "paired, or source: ten runs of each, means, for comparison", "paired" },
  { "a", 0, OPTION_STRING, "LIB", "a malloc library (none: the C library's); the gain is how much faster it is", NULL },
  { "b", 0, OPTION_STRING, "LIB", "the malloc library that it is compared with", NULL },
  { "cmd-a", 0, OPTION_STRING, "CMD", "a command, split into words without a shell; timed from start to end", NULL },
  { "cmd-b", 0, OPTION_STRING, "CMD", "the command that it is compared with", NULL },
  { "cmd", 0, OPTION_LIST, "CMD", "one of any number of commands: a table with ranks", NULL },
  { "lib", 0, OPTION_LIST, "LIB", "one of any number of malloc libraries, on one workload", NULL },
  { "name", 'n', OPTION_LIST, "NAME", "of the commands or libraries, in their order", NULL },
  { "param", 'P', OPTION_LIST, "NAME=V,…", "{NAME} in commands, names and hooks; values, or FROM..TO[..STEP]", NULL },
  { "setup", 0, OPTION_LIST, "CMD", "by /bin/sh, once before the first run: for all, or one for each command", NULL },
  { "prepare", 'p', OPTION_LIST, "CMD", "before each run; AB_SIDE is the command's name, AB_RUN the run's number",
    NULL },
  { "conclude", 0, OPTION_LIST, "CMD", "after each run", NULL },
  { "cleanup", 0, OPTION_LIST, "CMD", "once after the last run, also where it was interrupted", NULL },
  { "warmup", 0, OPTION_U64, "N", "runs of each that nobody times", NULL },
  { "runs", 'r', OPTION_TIMES, "N",
    "runs of each; --budget ends it sooner where it is given too; two sides become a table", NULL },
  { "shell", 'S', OPTION_STRING, "SH", "commands go through this shell; its start is in every time", NULL },
  { "stdin", 0, OPTION_STRING, "F", "what commands read; without it nothing", NULL },
  { "stdout", 0, OPTION_STRING, "F", "null, pipe (to a reader), or a file; the same for all", "null" },
  { "ignore-failure", 'i', OPTION_MAYBE, "[=CODES]", "exit codes (all but signals without CODES) are as good as 0",
    NULL },
  { "export-markdown", 0, OPTION_STRING, "F",
    "the table of commands or libraries; - is stdout, and the answer then stderr", NULL },
  { "export-csv", 0, OPTION_STRING, "F", "the same", NULL },
  { "export-json", 0, OPTION_STRING, "F", "the same as --json prints", NULL },
  { "export-hyperfine", 0, OPTION_STRING, "F", "the same as hyperfine's --export-json, with each run's time", NULL },
  { "export-google-benchmark", 0, OPTION_STRING, "F", "the runs as Google Benchmark's JSON, for its compare.py", NULL },
  { "margin", 0, OPTION_PERCENT, "PCT", "what counts as a gain, in percent", "0.5" },
  { "source", 0, OPTION_STRING, "DIR", "the allocator's sources, if not those of this build; with --build anybody's",
    NULL },
  { "project", 0, OPTION_STRING, "FILE", "a gate of somebody's project, as its project file says", NULL },
  { "gate", 0, OPTION_STRING, "NAME", "with --project: the gate, where there are several", NULL },
  { "rev", 0, OPTION_STRING, "A..B", "two commits of the project's git: does B cost anything?", NULL },
  { "build", 0, OPTION_STRING, "CMD", "without a project file: what builds in a copy of --source, @gate@ in it", NULL },
  { "image", 0, OPTION_STRING, "FILE", "with --build: what it makes, from the sources' folder", NULL },
  { "define", 0, OPTION_STRING, "X", "with --build: a macro, NAME[=VALUE] [| what when out]", NULL },
  { "option", 0, OPTION_STRING, "X", "with --build: what @gate@ is [| what when out]", NULL },
  { "patch", 0, OPTION_STRING, "F", "with --build: a patch of the sources", NULL },
  { "clock", 0, OPTION_STRING, "C", "with --build: cpu, wall, or print REGEX", NULL },
  { "save", 0, OPTION_STRING, "NAME", "keep side b as a baseline: the library itself, or the command", NULL },
  { "against", 0, OPTION_STRING, "NAME", "side a is that baseline, measured anew in pairs", NULL },
  { "anyway", 0, OPTION_FLAG, NULL, "with --against: though it is of another machine or workload", NULL },
  { "fail-on", 0, OPTION_LIST, "WHAT", "exit 1 where b, or the gate, is worse or better, or nothing was decided",
    NULL },
  { "verbose", 'v', OPTION_FLAG, NULL, "all that was measured: counters, looks, the ordinary mean, each command",
    NULL },
  { "explain", 0, OPTION_FLAG, NULL, "what the words of the answer mean, behind it", NULL },
  { "resume", 0, OPTION_STRING, "DIR", "go on with a campaign that was cut off", NULL },
  { "pack", 0, OPTION_STRING, "FILE", "measure nothing: write all that other machines need (pack, merge, fleet)",
    NULL },
  { "with", 0, OPTION_LIST, "GATE", "a feature to be compiled into both sides", NULL },
  { "whole-budget", 0, OPTION_FLAG, NULL, "no early stop: one look, at the end", NULL },
  { "no-direct", 0, OPTION_FLAG, NULL, "leave out the direct cost by live toggle", NULL },
  { "no-callgrind", 0, OPTION_FLAG, NULL, "leave out the instructions for each operation", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_ab = {
  .name = "ab",
  .summary = "measure what compiling telemetry out gains, with a verdict",
  .synopsis = synopsis,
  .description =
      "Both variants are compiled from the same sources. Many short processes run one variant each,\n"
      "in pairs of random order, each pair with a new random order of the functions and a new\n"
      "sequence of operations; a tenth of the pairs are A/A. The gain is how much faster the\n"
      "variant without the telemetry is: a trimmed mean over pairs with its interval.\n"
      "GO: the gain is at least the margin. NO-GO: the loss is. NEUTRAL: both are excluded.\n"
      "INCONCLUSIVE: the budget did not decide, or the machine was disturbed; the reason is given.\n"
      "DEPENDS: a core that is ours alone and a shared one have different verdicts; both are given.\n"
      "With --a and --b, or --cmd-a and --cmd-b, two libraries or two commands are compared by the same\n"
      "statistics; their layouts are not sampled. Commands are pinned to CPUs only with --threads.\n"
      "With --project the program is somebody's (doc/projects.md): built both ways in copies of its sources,\n"
      "compared by the meaning of its code, its gated lines seen to run, linked anew for each pair.\n"
      "With --cmd or --lib there may be any number: they run in blocks, each once in a block, and are told in\n"
      "a table; ranks that are shared are not told apart. Runs that fail are named, kept and never timed.\n"
      "Each round is on disk as it is measured; Ctrl-C keeps what there is, --resume goes on.",
  .options = options,
  .common = "jqowe",
  .takes_command = true,
  .positional_min = 0,
  .positional_max = -1,
  .names = registry_names,
  .run = run_ab,
};
