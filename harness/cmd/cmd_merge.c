/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_merge.c: `hakmem-harness merge RESULT…`: one question on many machines, answered. */
#include <string.h>

#include "harness/core/command.h"
#include "harness/fleet/merge.h"

static int merge(const struct invocation *inv, struct merge_result *r, struct error *err) {
  struct words files = { 0 };
  struct results results = { .dir_fd = -1 };
  int rc = 0;
  for (int i = 0; i < inv->positional_count && rc == 0; i++) rc = merge_find(inv->positional[i], &files, err);
  if (rc == 0) rc = merge_results(files.word, files.count, option_string(inv, "hash"), r, err);
  if (rc == 0) rc = results_create(&results, inv->out_dir, "merge", r->subject ? r->subject : "nothing", err);
  if (rc == 0) rc = merge_write(r, &merge_result_fields, &results, inv->quiet, err);
  if (results.path) results_abandon(&results);
  words_free(&files);
  return rc;
}

static int run_merge(const struct invocation *inv) {
  struct error err = { 0 };
  struct merge_result r;
  const char *hash = option_string(inv, "hash");
  if (hash && (strlen(hash) != 64 || strspn(hash, "0123456789abcdef") != 64))
    return command_usage(inv, "--hash wants the 64 hex digits that pack show prints, not '%s'", hash);
  fields_init(&merge_result_fields, &r);
  int rc = merge(inv, &r, &err);
  int code = rc ? command_fail(&err) : (int)merge_exit_code(&r);
  if (rc == 0) {
    if (inv->json) json_print_fields(&merge_result_fields, &r);
    else merge_print(stdout, &r);
    command_note(inv, "results in %s", r.results_dir);
  }
  fields_free(&merge_result_fields, &r);
  return code;
}

static const char *const synopsis[] = { "RESULT… [--hash SHA256] [--out DIR] [--json]", NULL };
static const struct option_spec options[] = {
  { "hash", 0, OPTION_STRING, "SHA256", "the pack that the results must be of; else that of most of them", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_merge = {
  .name = "merge",
  .summary = "put the results of one pack on several machines together",
  .synopsis = synopsis,
  .description =
      "RESULT is what `pack run` wrote: its pairs.jsonl, its folder, or a folder of such. Results are grouped by\n"
      "the kind of machine (CPU, family and model, stepping, microcode, kernel, SMT); each kind has its own gain\n"
      "and verdict. Over kinds stands a random-effects summary: the mean with the interval of Hartung and Knapp,\n"
      "and the prediction interval, where the gain on a kind lies that was not tried; three kinds are the least.\n"
      "GO: the whole prediction interval is above the margin. NO-GO: below its negative. NEUTRAL: within.\n"
      "MIXED: kinds have different firm verdicts; it says which (exit 3, as INCONCLUSIVE).\n"
      "Results of another pack, duplicates, damaged ones and those with too few pairs are left out and named;\n"
      "one that was cut off counts up to its last whole line. Writes a page with a forest plot (doc/fleet.md).",
  .options = options,
  .common = "jqo",
  .positional_min = 1,
  .positional_max = -1,
  .run = run_merge,
};
