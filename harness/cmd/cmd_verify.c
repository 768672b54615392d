/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_verify.c: `hakmem-harness verify`: Step 0. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/command.h"
#include "harness/core/foreign_file.h"
#include "harness/core/json_out.h"
#include "harness/core/machine.h"
#include "harness/core/names.h"
#include "harness/core/privilege.h"
#include "harness/core/results.h"
#include "harness/core/units.h"
#include "harness/counters/cpu_choice.h"
#include "harness/step0/verify_project.h"
#include "harness/workloads/workload.h"

static int code_of_verdict(enum step0_verdict verdict) {
  if (verdict == STEP0_INCONCLUSIVE) return EXIT_UNMEASURED;
  return verdict == STEP0_EXECUTED ? EXIT_DONE : EXIT_CLAIM_FALSE;
}

/* folder: where the results went, "" where nothing could be kept. */
static int save(const struct invocation *inv, const struct verify_result *res, json_t *json, char folder[PATH_MAX],
                struct error *err) {
  struct results results;
  const char *name = inv->positional_count > 0                      ? inv->positional[0]
                     : option_is_set(inv, "all") || res->sites == 0 ? "all"
                                                                    : res->site[0].name;
  int rc = results_create(&results, inv->out_dir, "verify", name, err);
  if (rc != 0) return rc;
  json_object_set_new(json, "machine", machine_record());
  json_object_set_new(json, "results_dir", json_text(results.path));
  snprintf(folder, PATH_MAX, "%s", results.path);
  FILE *f = results_append(&results, "hits.csv", err);
  rc = f == NULL ? err->code : verify_write_csv(f, res);
  if (f != NULL && fclose(f) != 0 && rc == 0) rc = -errno;
  if (f != NULL && rc != 0) {
    error_set_errno(err, rc, "cannot write %s/hits.csv", results.path);
    error_advise(err, "free some space, or choose another place with --out DIR");
  }
  if (rc == 0) rc = results_write_json(&results, "result.json", json, err);
  if (rc != 0) folder[0] = '\0';
  results_abandon(&results);
  return rc;
}

/* --env and --with-env together. */
static char **merge_env(const struct invocation *inv) {
  char *const *with = option_list(inv, "with-env");
  size_t a = 0, b = 0;
  while (inv->env[a] != NULL) a++;
  while (with[b] != NULL) b++;
  char **all = calloc(a + b + 1, sizeof *all);
  if (all == NULL) return NULL;
  memcpy(all, inv->env, a * sizeof *all);
  memcpy(all + a, with, b * sizeof *all);
  return all;
}

static int check_usage(const struct invocation *inv, struct verify_request *r) {
  struct error err = { 0 };
  bool places = r->usdt != NULL || r->symbol != NULL || r->line != NULL;
  static const char *const named[] = { "usdt", "symbol", "line" };
  for (size_t i = 0; i < sizeof named / sizeof *named; i++)
    for (char *const *one = option_list(inv, named[i]); *one != NULL; one++)
      if (**one == '\0') return command_usage(inv, "--%s is empty: it names no place", named[i]);
  if (r->site != NULL && *r->site == '\0')
    return command_usage(inv, "the site is empty: hakmem-harness sites lists them");
  if (option_is_set(inv, "project")) {
    if (places || r->all || r->binary != NULL || r->pid != 0 || r->command != NULL)
      return command_usage(inv, "--project FILE takes a gate: the project file says the rest");
    return EXIT_DONE;
  }
  if (places && r->binary == NULL && r->pid == 0)
    return command_usage(inv, "--usdt, --symbol, --line and --lines need --binary F or -p PID");
  if (r->pid != 0 && r->command != NULL) return command_usage(inv, "-p PID takes no command");
  if (r->binary != NULL && !places && !r->all)
    return command_usage(inv, "--binary needs --usdt, --symbol, --line, --lines or --all");
  if (r->site == NULL && !places && !r->all && r->pid != 0)
    return command_usage(inv, "-p PID: what is asked of it? name --symbol, --line, --lines or --usdt");
  if (r->site == NULL && !places && !r->all && r->command != NULL)
    return command_usage(inv, "what is asked of the command? name a SITE (hakmem-harness sites), --all, or --binary F "
                              "with --symbol, --line or --usdt");
  if (r->site != NULL && r->command == NULL && r->binary == NULL && access(r->site, X_OK) == 0 &&
      strchr(r->site, '/') != NULL)
    return command_usage(inv, "%s is a program, and no SITE: a command stands behind --", r->site);
  if ((r->site != NULL) + (places || r->binary != NULL) + (r->all && r->binary == NULL) != 1)
    return command_usage(inv, r->site != NULL && r->all && r->binary == NULL
                                  ? "a SITE or --all, not both"
                                  : "give a SITE, or --all, or --binary with places: one of these");
  if (r->method != NULL && rung_find(r->method) == NULL) {
    const char *names[16];
    size_t n = 0;
    for (; rung_ladder[n] != NULL; n++) names[n] = rung_ladder[n]->name;
    names[n] = NULL;
    names_unknown(&err, "method", r->method, names);
    return command_reject(inv, &err);
  }
  if (cpu_choice_parse_threads(r->threads) == 0)
    return command_usage(inv, "--threads wants 1 to 256 or all, not '%s'", r->threads);
  const struct workload *w = workload_find(r->workload);
  bool workload = r->command == NULL && r->binary == NULL && r->pid == 0;
  if (w != NULL && w->needs_file && workload && workload_file(r->workload) == NULL)
    return command_usage(inv, "%s wants a trace: --workload %s:FILE; verify SITE -- CMD takes the program itself",
                         w->name, w->name);
  if (workload_file(r->workload) != NULL && !workload)
    return command_usage(inv, "--workload %.200s: a command is its own workload", r->workload);
  if (workload_file(r->workload) != NULL && r->slots != 0)
    return command_usage(inv, "--slots: the blocks of a trace are those that were recorded");
  if (w == NULL) {
    names_unknown(&err, "workload", r->workload, workload_names());
    return command_reject(inv, &err);
  }
  for (char *const *e = option_list(inv, "with-env"); *e != NULL; e++)
    if (strchr(*e, '=') == NULL || **e == '=') return command_usage(inv, "--with-env wants NAME=VALUE, not '%s'", *e);
  return EXIT_DONE;
}

/* NULL where it was not given. */
static char *const *given(const struct invocation *inv, const char *name) {
  char *const *list = option_list(inv, name);
  return *list != NULL ? list : NULL;
}

/* The trace of replay:FILE, which says how many threads there are. */
static int read_trace(const struct invocation *inv, struct verify_request *r, struct error *err) {
  static struct trace_facts trace;
  static char threads[16];
  const char *file = option_is_set(inv, "project") ? NULL : workload_file(r->workload);
  if (file == NULL) return 0;
  int rc = trace_facts_read(file, &trace, err);
  if (rc != 0) return rc;
  snprintf(threads, sizeof threads, "%u", (unsigned)trace.header.threads);
  if (option_is_set(inv, "threads") && strcmp(r->threads, threads) != 0)
    return error_raise(err, ERROR_USAGE, -EINVAL,
                       "%s was recorded with %s thread%s, and is replayed by as many: leave --threads out", file,
                       threads, units_plural(trace.header.threads, "", "s"));
  r->trace = &trace;
  r->workload = trace.workload;
  r->threads = threads;
  return 0;
}

static void free_lines(char **lines) {
  for (size_t i = 0; lines != NULL && lines[i] != NULL; i++) free(lines[i]);
  free(lines);
}

/* --line and the lines of --lines FILE: one FILE:NUMBER each; empty ones and # are passed over. NULL:
 * none, or *err says why. */
static char **read_lines(const struct invocation *inv, struct error *err) {
  char *const *given_lines = option_list(inv, "line");
  const char *path = option_string(inv, "lines");
  char **all = NULL, *text = NULL;
  size_t n = 0, room = 0;
  FILE *f = path == NULL ? NULL : strcmp(path, "-") == 0 ? stdin : foreign_file_stream(path, NULL);
  if (path != NULL && f == NULL) {
    error_raise(err, ERROR_USAGE, -errno, "cannot read %s: %s", path, strerror(errno));
    return NULL;
  }
  for (;;) {
    const char *next = *given_lines;
    if (next != NULL) given_lines++;
    else {
      ssize_t length = f != NULL ? getline(&text, &room, f) : -1;
      if (length < 0) break;
      text[strcspn(text, "\r\n")] = '\0';
      next = text + strspn(text, " \t");
      if (*next == '\0' || *next == '#') continue;
    }
    char **grown = reallocarray(all, n + 2, sizeof *grown), *copy = strdup(next);
    if (grown == NULL || copy == NULL) {
      free(copy);
      error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for the lines");
      break;
    }
    all = grown;
    all[n++] = copy;
    all[n] = NULL;
  }
  if (path != NULL && err->code == 0 && n == 0) error_raise(err, ERROR_USAGE, -ENODATA, "%s names no line", path);
  free(text);
  if (f != NULL && f != stdin) fclose(f);
  if (err->code == 0) return all;
  free_lines(all);
  return NULL;
}

static int run_verify(const struct invocation *inv) {
  struct error err = { 0 };
  static struct verify_result res;
  char *self[2] = { NULL, NULL }, here[PATH_MAX];
  struct verify_request r = {
    .site = inv->positional_count > 0 ? inv->positional[0] : NULL,
    .all = option_is_set(inv, "all"),
    .binary = option_string(inv, "binary"),
    .usdt = given(inv, "usdt"),
    .symbol = given(inv, "symbol"),
    .pid = (pid_t)option_u64(inv, "pid"),
    .command = inv->child_argv,
    .workload = inv->workload,
    .threads = inv->threads,
    .slots = inv->slots,
    .ops = inv->ops,
    .seed = inv->seed_given ? inv->seed : 0,
    .per = option_string(inv, "per"),
    .runs = (unsigned)option_u64(inv, "runs"),
    .library = option_string(inv, "lib"),
    .method = option_string(inv, "method"),
    .proof_only = option_is_set(inv, "proof"),

    .corroborate = (inv->child_argv == NULL && option_string(inv, "binary") == NULL && !option_is_set(inv, "proof") &&
                    !option_is_set(inv, "project")) ||
                   option_is_set(inv, "corroborate"),
    .user = inv->user,
    .timeout_s = inv->timeout_s,
    .json = inv->json,
    .quiet = inv->quiet,
  };
  char **env = NULL, **lines = read_lines(inv, &err);
  if (err.code != 0) return command_fail(&err);
  r.line = lines;
  const char *project = option_string(inv, "project");
  struct verify_project p = { 0 };
  int code = check_usage(inv, &r);
  if (code == EXIT_DONE && read_trace(inv, &r, &err) != 0) code = command_fail(&err);
  if (code == EXIT_DONE && results_check(inv->out_dir, &err) != 0) code = command_fail(&err);
  if (code != EXIT_DONE) {
    free_lines(lines);
    return code;
  }
  if (project != NULL) {
    command_note(inv, "building with and without the gate, and looking for its lines");
    const char *gate = r.site;
    r.site = NULL;
    if (verify_project_open(&p, project, gate, option_is_set(inv, "workload") ? inv->workload : NULL, inv->timeout_s,
                            &r, &err) != 0) {
      free_lines(lines);
      return command_fail(&err);
    }
    if (p.nothing == NULL)
      command_note(inv, "Step 0: %zu place%s in %s", p.line.count + p.symbol.count,
                   units_plural(p.line.count + p.symbol.count, "", "s"), p.gated.workload->name);
  } else if (r.binary != NULL && r.command == NULL && r.pid == 0) {
    /* the program itself, without arguments; its name alone would be looked for in PATH */
    snprintf(here, sizeof here, "%s%s", strchr(r.binary, '/') == NULL ? "./" : "", r.binary);
    self[0] = here;
    r.command = self;
  }
  env = merge_env(inv);
  if (env == NULL) {
    verify_project_close(&p);
    free_lines(lines);
    error_raise(&err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    return command_fail(&err);
  }
  r.env = env;
  if (project == NULL && r.command != NULL && geteuid() != 0 && !privilege_kept())
    command_note(inv, "where it is traced, what is set-uid runs without that right; with sudo it does not have to be");
  int rc = project != NULL ? verify_project_run(&p, &r, &res, &err) : verify_run(&r, &res, &err);
  code = rc != 0 ? (int)error_exit_code(&err) : code_of_verdict(res.verdict);
  if (code == EXIT_USAGE || code == EXIT_INTERNAL) {
    command_fail(&err);
    goto out;
  }
  json_t *json = verify_json(&r, &res);
  if (project != NULL) json_object_set_new(json, "project", verify_project_json(&p, &res));
  if (rc != 0) json_object_set_new(json, "error", json_text(err.text));
  struct error save_error = { 0 };
  char folder[PATH_MAX] = "";
  /* nothing was started: there is no result to keep */
  bool kept = rc == 0 || err.kind != ERROR_MISSING;
  if (kept && save(inv, &res, json, folder, &save_error) != 0) code = command_fail(&save_error);
  if (inv->json) json_print(json);
  else if (rc == 0 && p.nothing == NULL) verify_print(stdout, &r, &res);
  if (!inv->json && rc == 0 && project != NULL) verify_project_print(stdout, &p, &res);
  if (rc != 0) command_fail(&err);
  if (folder[0] != '\0') command_note(inv, "results in %s", folder);
  json_decref(json);
out:
  verify_free(&res);
  verify_project_close(&p);
  free(env);
  free_lines(lines);
  return code;
}

static const char *const synopsis[] = {
  "SITE|--all [--method M] [--with-env NAME=VALUE] [--json]",
  "SITE|--all [--per SYMBOL] [--runs N] [--proof] -- CMD…",
  "--binary F [--usdt P:N]… [--symbol S]… [--line FILE:N]… [--lines FILE]|--all [-- CMD…]",
  "--project FILE [GATE] [--workload NAME] [--json]",
  "-p PID [--usdt P:N]… [--symbol S]… [--line FILE:N]… [--binary F]",
  NULL,
};
static const struct option_spec options[] = {
  { "all", 0, OPTION_FLAG, NULL, "every site of the library; with --binary every USDT note of it", NULL },
  { "method", 0, OPTION_STRING, "M",
#define RUNG(file, name, needs, counts) " " name
    "one of"
#include "harness/core/registry.h"
#include "harness/step0/rungs.def"
    "; default: the first that is permitted",
#undef RUNG
    NULL },
  { "with-env", 0, OPTION_LIST, "N=V", "set a variable for the workload, to see that an ENV gate opens the path",
    NULL },
  { "per", 0, OPTION_STRING, "SYMBOL", "on a command: count executions of this function as its operations", NULL },
  { "runs", 0, OPTION_TIMES, "N", "run the command N times and add up", "1" },
  { "proof", 0, OPTION_FLAG, NULL,
    "detach after about 1000 hits (100 where each stops the target) or 1 s; the workload goes on at full speed", NULL },
  { "corroborate", 0, OPTION_FLAG, NULL,
    "on a command: run it once more, for samples and callers (the built-in workload always is)", NULL },
  { "lib", 0, OPTION_STRING, "F", "the HAKMEM library to verify; default: the one of this build", NULL },
  { "binary", 0, OPTION_STRING, "F", "verify places of this executable or shared library", NULL },
  { "usdt", 0, OPTION_LIST, "P:N", "a USDT note, provider:name; the name may end in *; may be repeated", NULL },
  { "symbol", 0, OPTION_LIST, "S",
    "every function of this name, mangled or not, its clones, and its inlined copies where there is debug information; "
    "may be repeated",
    NULL },
  { "line", 0, OPTION_LIST, "F:N",
    "a line of a source file, in all functions and inlined copies (needs debug information); may be repeated", NULL },
  { "lines", 0, OPTION_STRING, "FILE", "a file with one F:N a line, - for standard input", NULL },
  { "project", 0, OPTION_STRING, "FILE", "the gated lines of somebody's project, in its workload (see project)", NULL },
  { "pid", 'p', OPTION_PID, "PID",
    "attach to a running process, for --timeout seconds (default 1); with --proof until it is proven", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_verify = {
  .name = "verify",
  .summary = "prove that a gated site runs in a workload, and count how often",
  .synopsis = synopsis,
  .description = "SITE is a gate or a function for all of its gates (see sites). The site's markers are armed\n"
                 "with kernel uprobes or the next best way that is permitted here; the built-in workload runs\n"
                 "once for a proof and twice to its end for hits/op; a command runs once, counted to its end.\n"
                 "A sentinel that must fire and a place that must not are armed beside: without them a zero\n"
                 "proves nothing. That something did not run, or is not there, is said only where all symbols,\n"
                 "debug information and processes were seen (complete). Verdicts: EXECUTED (PROCEED); NOT_EXECUTED, "
                 "ENV_GATED, COMPILED_OUT, NO_SITE\n"
                 "(SKIP); INCONCLUSIVE.",
  .options = options,
  .common = "jqowe",
  .takes_command = true,
  .positional_min = 0,
  .positional_max = 1,
  .names = registry_names,
  .run = run_verify,
};
