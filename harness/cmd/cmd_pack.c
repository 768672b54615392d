/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_pack.c: `hakmem-harness pack show|run FILE`: what a pack is, and measuring with it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/names.h"
#include "harness/core/units.h"
#include "harness/fleet/pack_run.h"
#include "harness/fleet/pack_trust.h"

static const char *text(const char *t) { return t ? t : "-"; }

static void print_show(const struct pack_result *r) {
  printf("%s: %s\n  for %s", text(r->subject), text(fields_enum_name(pack_kind_names, r->kind)), text(r->arch));
  if (r->workload)
    printf("; workload %s, %" PRId64 " thread%s", r->workload, r->threads, units_plural((uint64_t)r->threads, "", "s"));
  printf("; margin %.4g%%\n  SHA-256 %s, %" PRId64 " bytes\n", r->margin_pct, text(r->pack.hash), r->pack.bytes);
  if (r->pack.glibc) printf("  runs where glibc is %s or newer\n", r->pack.glibc);
  for (size_t i = 0; i < r->pack.members.count; i++)
    printf("  %-16s %10" PRId64 "  %s\n", text(r->pack.members.item[i].name), r->pack.members.item[i].bytes,
           text(r->pack.members.item[i].sha256));
  printf("  %s\n", r->trusted == ANSWER_YES ? "it was made or confirmed here before"
                                            : "not confirmed here: pack run wants its hash with --hash");
}

static void print_run(const struct pack_result *r) {
  const struct estimate *g = &r->m.gain_pct;
  printf("%s: %s\n  %s\n", text(r->subject), text(verdict_name(r->m.verdict)), text(r->m.reason));
  if (r->step0) printf("  step 0: %s\n", text(r->step0->status));
  if (r->layouts > 1)
    printf("  layouts %" PRId64 ", which came with the pack: what they have in common is in no interval\n", r->layouts);
  if (r->layouts == 1) printf("  layouts 1: none were sampled\n");
  if (stats_known(g))
    printf("  gain %+.3f%% [%+.3f, %+.3f] on this machine, %" PRId64 " pair%s\n", g->value, g->low, g->high, r->m.pairs,
           units_plural((uint64_t)r->m.pairs, "", "s"));
}

static int run(const struct invocation *inv, const struct pack *p, struct pack_result *r, struct error *err) {
  const struct pack_run_options o = { .out_dir = inv->out_dir,
                                      .budget_s = option_is_set(inv, "budget") ? option_seconds(inv, "budget") : 0,
                                      .user = inv->user,
                                      .quiet = inv->quiet };
  int rc = pack_trust(p->archive.hash, option_string(inv, "hash"), !inv->quiet, err);
  if (rc) return rc;
  r->trusted = ANSWER_YES;
  rc = pack_run(p, &o, r, err);
  if (rc == 0) command_note(inv, "results in %s", r->results_dir);
  return rc;
}

static int run_pack(const struct invocation *inv) {
  struct error err = { 0 };
  struct pack p;
  struct pack_result r;
  const char *word = inv->positional[0], *hash = option_string(inv, "hash");
  unsigned action = fields_enum_of(pack_action_names, word);
  if (action > PACK_RUN) {
    names_unknown(&err, "action", word, pack_action_names);
    return command_fail(&err);
  }
  if (hash && (strlen(hash) != 64 || strspn(hash, "0123456789abcdefABCDEF") != 64))
    return command_usage(inv, "--hash wants the 64 hex digits that pack show prints, not '%s'", hash);
  if (pack_open(&p, inv->positional[1], &err) != 0) return command_fail(&err);
  fields_init(&pack_result_fields, &r);
  r.action = (enum pack_action)action;
  r.trusted = pack_trust_has(p.archive.hash) ? ANSWER_YES : ANSWER_NO;
  int rc = pack_describe(&p, inv->positional[1], &r, &err);
  if (action == PACK_SHOW) fields_leave_out(&pack_result_fields, &r, PACK_RAN);
  if (rc == 0 && action == PACK_RUN) rc = run(inv, &p, &r, &err);
  int code = rc ? command_fail(&err) : action == PACK_RUN ? (int)pack_exit_code(&r) : EXIT_DONE;
  if (rc == 0 && inv->json) json_print_fields(&pack_result_fields, &r);
  else if (rc == 0 && action == PACK_SHOW) print_show(&r);
  else if (rc == 0) print_run(&r);
  fields_free(&pack_result_fields, &r);
  pack_close(&p);
  return code;
}

static const char *const synopsis[] = { "show FILE [--json]",
                                        "run FILE [--budget S] [--hash SHA256] [--out DIR] [--json]", NULL };
static const struct option_spec options[] = {
  { "budget", 'b', OPTION_SECONDS, "S", "seconds of measuring, if not those that the pack was made with", NULL },
  { "hash", 0, OPTION_STRING, "SHA256", "the pack's hash, from the machine that made it", NULL },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_pack = {
  .name = "pack",
  .summary = "show a pack of ab --pack, or measure with it on this machine",
  .synopsis = synopsis,
  .description =
      "A pack is one file with all that a machine needs to measure a question of `ab`: no compiler, sources or\n"
      "libraries. run checks every byte, proves on this machine that the gates' code runs, measures pairs for\n"
      "the whole budget, and writes them to pairs.jsonl in its results folder as they come: a file that is cut\n"
      "off counts up to its last whole line. `merge` puts the results of several machines together.\n"
      "A pack brings programs. Nothing of it is started before its hash was given by --hash or confirmed on the\n"
      "terminal; one that was made by this user on this machine needs neither (doc/fleet.md).",
  .options = options,
  .common = "jqoe",
  .positional_min = 2,
  .positional_max = 2,
  .run = run_pack,
};
