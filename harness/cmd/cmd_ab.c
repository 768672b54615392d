/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_ab.c: `hakmem-harness ab`: what does compiling telemetry out gain, with a verdict. */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "harness/ab/ab_print.h"
#include "harness/ab/ab_run.h"
#include "harness/core/command.h"
#include "harness/fleet/pack_make.h"

static int options_of(const struct invocation *inv, struct ab_options *o, struct error *err) {
  memset(o, 0, sizeof *o);
  o->names = inv->positional_count ? inv->positional : NULL;
  o->with = option_list(inv, "with");
  o->lib[0] = option_string(inv, "a");
  o->lib[1] = option_string(inv, "b");
  o->cmd[0] = option_string(inv, "cmd-a");
  o->cmd[1] = option_string(inv, "cmd-b");
  o->protocol = (enum ab_protocol)fields_enum_of(ab_protocol_names, option_string(inv, "protocol"));
  o->source_dir = option_string(inv, "source");
  o->workload = inv->workload;
  o->threads_given = option_is_set(inv, "threads");
  o->slots = inv->slots;
  o->seed = inv->seed_given ? inv->seed : ab_random_seed();
  o->budget_s = option_seconds(inv, "budget");
  o->margin_pct = option_seconds(inv, "margin");
  o->level = 0.95;
  o->no_direct = option_is_set(inv, "no-direct");
  o->whole_budget = option_is_set(inv, "whole-budget");
  o->no_callgrind = option_is_set(inv, "no-callgrind");
  o->env = inv->env;
  o->user = inv->user;
  o->timeout_s = inv->timeout_s;
  return ab_options_threads(o, inv->threads, err);
}

/* One of: gates, two libraries, two commands. NULL where that holds. */
static const char *wrong_subject(const struct invocation *inv) {
  bool a = option_is_set(inv, "a"), b = option_is_set(inv, "b"), cmd_a = option_is_set(inv, "cmd-a"),
       cmd_b = option_is_set(inv, "cmd-b");
  if (a != b) return "--a and --b go together";
  if (cmd_a != cmd_b) return "--cmd-a and --cmd-b go together";
  int kinds = (inv->positional_count > 0) + a + cmd_a;
  if (kinds == 0) return "name a gate, --a and --b, --cmd-a and --cmd-b, or --resume DIR";
  return kinds > 1 ? "gates, two libraries or two commands: only one of these at a time" : NULL;
}

/* --pack: nothing is measured here. */
static int ask_for_pack(const struct invocation *inv, struct ab_options *o, struct error *err) {
  const char *path = option_string(inv, "pack");
  if (o->protocol == AB_SOURCE)
    return error_raise(err, ERROR_USAGE, -EINVAL, "--pack is of the paired protocol: the source's gives no interval");
  if (o->threads[1])
    return error_raise(err, ERROR_USAGE, -EINVAL, "--pack takes one number of threads: a pack is one question");
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
  if (o->source_dir) command_note(inv, "  sources: %s", o->source_dir);
  for (char *const *e = o->env; e && *e; e++) command_note(inv, "  environment: %s", *e);
  return 0;
}

static int run_ab(const struct invocation *inv) {
  struct ab_options o;
  struct error err = { 0 };
  struct ab_result result;
  const char *resume = option_string(inv, "resume");
  int rc;
  if (resume && (inv->positional_count || option_is_set(inv, "budget")))
    return command_usage(inv, "--resume goes on with the gates and the budget of the folder: name neither");
  if (resume && option_is_set(inv, "pack")) return command_usage(inv, "--pack begins anew: not with --resume");
  const char *complaint = resume ? NULL : wrong_subject(inv);
  if (complaint) return command_usage(inv, "%s", complaint);
  rc = resume ? ab_options_load(&o, resume, &err) : options_of(inv, &o, &err);
  if (rc == 0 && resume) rc = show_resumed(inv, &o, &err);
  if (rc == 0 && o.protocol == AB_PROTOCOL_NONE)
    return command_usage(inv, "--protocol is paired or source, not '%s'", option_string(inv, "protocol"));
  if (rc == 0 && option_is_set(inv, "pack")) rc = ask_for_pack(inv, &o, &err);
  if (rc == 0) {
    o.out_dir = inv->out_dir;
    o.quiet = inv->quiet;
    rc = ab_run(&o, resume, &result, &err);
  }
  if (rc) {
    ab_options_free(&o);
    return command_fail(&err);
  }
  int code = ab_exit_code(&result);
  if (inv->json) json_print_fields(&ab_result_fields, &result);
  else ab_print(stdout, &result);
  command_note(inv, "results in %s", result.results_dir);
  fields_free(&ab_result_fields, &result);
  ab_options_free(&o);
  return code;
}

static const char *const synopsis[] = {
  "GATE[,GATE…]|all [--budget S] [--protocol paired|source] [--threads 1,all] [--source DIR] [--json]",
  "--a LIB --b LIB [--workload NAME] [--budget S] [--json]",
  "--cmd-a 'CMD' --cmd-b 'CMD' [--budget S] [--json]",
  "--resume DIR [--json]",
  "GATE…|--a LIB --b LIB|--cmd-a 'CMD' --cmd-b 'CMD' --pack FILE [--json]",
  NULL
};
static const struct option_spec options[] = {
  { "budget", 'b', OPTION_SECONDS, "S", "seconds of measuring; it stops earlier when the verdict is clear", "60" },
  { "protocol", 0, OPTION_STRING, "P", "paired, or source: ten runs of each, means, for comparison", "paired" },
  { "a", 0, OPTION_STRING, "LIB", "a malloc library (none: the C library's); the gain is how much faster it is", NULL },
  { "b", 0, OPTION_STRING, "LIB", "the malloc library that it is compared with", NULL },
  { "cmd-a", 0, OPTION_STRING, "CMD", "a command, split into words without a shell; timed from start to end", NULL },
  { "cmd-b", 0, OPTION_STRING, "CMD", "the command that it is compared with", NULL },
  { "margin", 0, OPTION_SECONDS, "PCT", "what counts as a gain, in percent", "0.5" },
  { "source", 0, OPTION_STRING, "DIR", "the allocator's sources, if not those of this build", NULL },
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
  .description = "Both variants are compiled from the same sources. Many short processes run one variant each,\n"
                 "in pairs of random order, each pair with a new random order of the functions and a new\n"
                 "sequence of operations; a tenth of the pairs are A/A. The gain is how much faster the\n"
                 "variant without the telemetry is: a trimmed mean over pairs with its interval.\n"
                 "GO: the gain is at least the margin. NO-GO: the loss is. NEUTRAL: both are excluded.\n"
                 "INCONCLUSIVE: the budget did not decide, or the machine was disturbed; the reason is given.\n"
                 "DEPENDS: a core that is ours alone and a shared one have different verdicts; both are given.\n"
                 "With --a and --b, or --cmd-a and --cmd-b, two libraries or two commands are compared by the same\n"
                 "statistics; their layouts are not sampled. Commands are pinned to CPUs only with --threads.\n"
                 "Each round is on disk as it is measured; Ctrl-C keeps what there is, --resume goes on.",
  .options = options,
  .common = "jqowe",
  .positional_min = 0,
  .positional_max = -1,
  .run = run_ab,
};
