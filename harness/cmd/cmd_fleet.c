/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_fleet.c: `hakmem-harness fleet FILE`: a pack on the nodes of a Slurm cluster, or a recipe for another. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/core/command.h"
#include "harness/core/names.h"
#include "harness/core/units.h"
#include "harness/fleet/fleet_print.h"
#include "harness/fleet/fleet_run.h"
#include "harness/fleet/merge.h"
#include "harness/fleet/pack_trust.h"
#include "harness/fleet/slurm.h"

/* Words that stand in scripts of others unquoted. */
static bool plain(const char *word) {
  return word[0] &&
         strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-:/=") == strlen(word);
}

/* Ours, or --harness: what the nodes run. */
static int harness_path(const struct invocation *inv, char *path, struct error *err) {
  const char *given = option_string(inv, "harness");
  if (given) return snprintf(path, PATH_MAX, "%s", given) < PATH_MAX ? 0 : -ENAMETOOLONG;
  ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
  if (n <= 0) return error_set_errno(err, -errno, "cannot find this program");
  path[n] = '\0';
  return 0;
}

static int fill_plan(const struct invocation *inv, struct fleet_plan *plan, struct error *err) {
  char path[PATH_MAX];
  const char *partition = option_string(inv, "partition");
  int rc = harness_path(inv, path, err);
  if (rc) return rc;
  fields_copy_text(&plan->harness, path);
  fields_copy_text(&plan->partition, partition);
  if (option_is_set(inv, "budget")) plan->budget_s = option_seconds(inv, "budget");
  if (partition && !plain(partition))
    return error_raise(err, ERROR_USAGE, -EINVAL, "'%s' is no name of a partition", partition);
  for (char *const *c = option_list(inv, "constraint"); *c; c++) {
    if (!plain(*c)) return error_raise(err, ERROR_USAGE, -EINVAL, "'%s' is no name of a feature", *c);
    char **one = fields_append(&plan->constraints, sizeof *one);
    if (!one) return error_set_errno(err, -ENOMEM, "constraints");
    *one = strdup(*c);
  }
  char **last = fields_append(&plan->constraints, sizeof *last); /* the NULL behind them */
  if (!last) return error_set_errno(err, -ENOMEM, "constraints");
  *last = NULL;
  plan->constraints.count--;
  return 0;
}

static int count_nodes(const struct invocation *inv, struct fleet_plan *plan, struct error *err) {
  size_t n = (size_t)option_u64(inv, "nodes");
  if (option_is_set(inv, "nodes") && (n < 1 || n > FLEET_ELEMENTS_MAX))
    return error_raise(err, ERROR_USAGE, -EINVAL, "--nodes is 1 to %d", FLEET_ELEMENTS_MAX);
  int rc = option_is_set(inv, "nodes") ? 0 : slurm_count_nodes(plan->partition, plan->constraints.item, &n, err);
  plan->elements = (int64_t)n;
  if (rc == 0 && n > FLEET_ELEMENTS_MAX)
    rc = error_raise(err, ERROR_USAGE, -E2BIG, "%zu nodes: choose at most %d with --nodes", n, FLEET_ELEMENTS_MAX);
  return rc;
}

static int print_recipe(const struct invocation *inv, const struct pack *p, struct fleet_plan *plan,
                        struct merge_result *r, struct error *err) {
  char pack[PATH_MAX], out[PATH_MAX];
  const char *word = option_string(inv, "print");
  size_t size = 0;
  unsigned engine = fields_enum_of(fleet_engine_names, word);
  if (engine > ENGINE_SBATCH) return names_unknown(err, "engine", word, fleet_engine_names);
  if (!option_is_set(inv, "nodes")) plan->elements = 4;
  else if (count_nodes(inv, plan, err)) return err->code;
  if (!realpath(inv->positional[0], pack)) return error_set_errno(err, -errno, "cannot find %s", inv->positional[0]);
  char here[PATH_MAX];
  if (inv->out_dir[0] == '/') snprintf(out, sizeof out, "%s", inv->out_dir);
  else if (!getcwd(here, sizeof here) || snprintf(out, sizeof out, "%.3000s/%.1000s", here, inv->out_dir) < 0)
    return error_set_errno(err, -errno, "cannot tell the folder of results");
  struct fleet_recipe recipe = { .pack = pack,
                                 .hash = p->archive.hash,
                                 .harness = plan->harness,
                                 .out_dir = out,
                                 .budget_s = plan->budget_s > 0 ? plan->budget_s : 0,
                                 .nodes = (long)plan->elements,
                                 .partition = plan->partition,
                                 .constraints = plan->constraints.item };
  FILE *f = open_memstream(&r->recipe, &size);
  if (!f) return error_set_errno(err, -ENOMEM, "the recipe");
  fleet_print(f, (enum fleet_engine)engine, &recipe);
  return fclose(f) == 0 ? 0 : error_set_errno(err, -ENOMEM, "the recipe");
}

static int start(const struct invocation *inv, struct fleet_plan *plan, struct results *results, struct merge_result *r,
                 struct error *err) {
  struct pack p;
  int rc = fill_plan(inv, plan, err);
  if (rc) return rc;
  rc = pack_open(&p, inv->positional[0], err);
  if (rc) return rc;
  if (option_is_set(inv, "print")) {
    rc = print_recipe(inv, &p, plan, r, err);
  } else {
    rc = pack_trust(p.archive.hash, option_string(inv, "hash"), !inv->quiet, err);
    if (rc == 0) rc = count_nodes(inv, plan, err);
    if (rc == 0) rc = fleet_start(&p, plan, inv->out_dir, results, err);
  }
  pack_close(&p);
  return rc;
}

static int run_fleet(const struct invocation *inv) {
  struct error err = { 0 };
  struct fleet_plan plan;
  struct merge_result r;
  struct results results = { .dir_fd = -1 };
  const char *resume = option_string(inv, "resume"), *hash = option_string(inv, "hash");
  if ((resume != NULL) == (inv->positional_count > 0))
    return command_usage(inv, resume ? "--resume goes on with the pack of the folder: name none" : "name a pack");
  if (hash && (strlen(hash) != 64 || strspn(hash, "0123456789abcdefABCDEF") != 64))
    return command_usage(inv, "--hash wants the 64 hex digits that pack show prints, not '%s'", hash);
  fields_init(&fleet_plan_fields, &plan);
  fields_init(&fleet_result_fields, &r);
  int rc = resume ? fleet_resume(resume, &plan, &results, &err) : start(inv, &plan, &results, &r, &err);
  if (rc == 0 && !r.recipe) {
    command_note(inv, "%lld node%s; goes on with fleet --resume %s", (long long)plan.elements,
                 units_plural((uint64_t)plan.elements, "", "s"), results.path);
    rc = fleet_run(&plan, &results, inv->quiet, &r, &err);
  }
  int code = rc ? command_fail(&err) : r.recipe ? EXIT_DONE : (int)merge_exit_code(&r);
  if (rc == 0 && inv->json) json_print_fields(&fleet_result_fields, &r);
  else if (rc == 0 && r.recipe) fputs(r.recipe, stdout);
  else if (rc == 0) merge_print(stdout, &r);
  if (rc == 0 && !r.recipe) command_note(inv, "results in %s", r.results_dir);
  if (results.path) results_close(&results);
  fields_free(&fleet_result_fields, &r);
  fields_free(&fleet_plan_fields, &plan);
  return code;
}

static const char *const synopsis[] = {
  "FILE [--partition P] [--constraint F]… [--nodes N] [--budget S] [--out DIR] [--json]", "--resume DIR [--json]",
  "FILE --print parallel|k8s|sbatch [--nodes N] [--out DIR]", NULL
};
static const struct option_spec options[] = {
  { "partition", 0, OPTION_STRING, "P", "of the cluster", NULL },
  { "constraint", 0, OPTION_LIST, "F", "a feature that a node must have; several: all of them", NULL },
  { "nodes", 0, OPTION_TIMES, "N", "on how many; else on all that can take a job", NULL },
  { "budget", 'b', OPTION_SECONDS, "S", "seconds of measuring on each, if not those of the pack", NULL },
  { "hash", 0, OPTION_STRING, "SHA256", "the pack's hash, where it was not made here", NULL },
  { "harness", 0, OPTION_STRING, "FILE", "hakmem-harness on the nodes, if not where it is here", NULL },
  { "resume", 0, OPTION_STRING, "DIR", "submit again what has no whole result yet", NULL },
  { "print", 0, OPTION_STRING, "ENGINE", "run nothing: print a recipe for parallel, k8s or sbatch", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_fleet = {
  .name = "fleet",
  .summary = "run a pack on the nodes of a Slurm cluster, and merge what they measured",
  .synopsis = synopsis,
  .description =
      "Submits an array of jobs, one element a node, each with the node to itself; follows it, collects and\n"
      "merges as `merge` does. Nodes that fail are named, and what they had measured counts; they are not\n"
      "silently replaced. Ctrl-C cancels what runs and merges what there is; --resume DIR submits what has no\n"
      "whole result yet. The folder of results (--out) has to be one that all nodes share, and hakmem-harness\n"
      "has to be on them under the same name (doc/fleet.md).",
  .options = options,
  .common = "jqo",
  .positional_min = 0,
  .positional_max = 1,
  .run = run_fleet,
};
