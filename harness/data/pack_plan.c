/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_plan.c: the tables of pack_plan.h. */
#include "harness/data/pack_plan.h"

#include "harness/data/tables.h"

const char *const pack_kind_names[] = { "gates", "libraries", "commands", "project", NULL };
const char *const pack_action_names[] = { "show", "run", NULL };

#define S struct pack_word
static const struct field word[] = { TEXT(S, "text", text, 0), ANSWER(S, "member", member, 0) };
const struct field_table pack_word_fields = { .size = sizeof(S), FIELDS_OF(word) };
#undef S

#define S struct pack_beside
static const struct field beside[] = { TEXT(S, "name", name, 0), TEXT(S, "member_a", member[0], 0),
                                       TEXT(S, "member_b", member[1], 0) };
const struct field_table pack_beside_fields = { .size = sizeof(S), FIELDS_OF(beside) };
#undef S

#define S struct pack_image
static const struct field image[] = { TEXT(S, "name", name, 0), TEXT(S, "soname", soname, 0),
                                      TEXT(S, "proof", proof, 0) };
const struct field_table pack_image_fields = { .size = sizeof(S), FIELDS_OF(image) };
#undef S

#define S struct pack_project
static const struct field project[] = {
  PART(S, "subject", subject, 0, &ab_project_subject_fields),
  TEXT(S, "root", root, 0),
  LIST(S, "images", images, 0, &pack_image_fields),
  COUNT(S, "layouts", layouts, 0),
  TEXT(S, "fixed_reason", fixed_reason, 0),
  TEXTS(S, "words", words, 0),
  TEXT(S, "input", input, 0),
  LIST(S, "files", files, 0, &pack_beside_fields),
  TEXTS(S, "needs", needs, 0),
};
const struct field_table pack_project_fields = { .size = sizeof(S), FIELDS_OF(project) };
#undef S

#define S struct pack_plan
static const struct field plan[] = {
  WORD(S, "kind", kind, 0, pack_kind_names),
  TEXT(S, "subject", subject, 0),
  TEXTS(S, "gates", gates, 0),
  OBJECT(S, "project", project, 0, &pack_project_fields),
  TEXT(S, "a", side[0], 0),
  TEXT(S, "b", side[1], 0),
  TEXT(S, "arch", arch, 0),
  TEXT(S, "harness", harness, 0),
  COUNT(S, "protocol", protocol, 0),
  LIST(S, "words_a", words[0], 0, &pack_word_fields),
  LIST(S, "words_b", words[1], 0, &pack_word_fields),
  TEXT(S, "workload", workload, 0),
  COUNT(S, "threads", threads, 0),
  ANSWER(S, "pinned", pinned, 0),
  COUNT(S, "slots", slots, 0),
  COUNT(S, "seed", seed, 0),
  NUMBER(S, "budget_s", budget_s, 0),
  NUMBER(S, "margin_pct", margin_pct, 0),
  NUMBER(S, "level", level, 0),
  NUMBER(S, "timeout_s", timeout_s, 0),
  TEXTS(S, "env", env, 0),
  OBJECT(S, "step1", step1, 0, &ab_step1_fields),
  OBJECT(S, "step0", step0, 0, &ab_step0_fields),
  OBJECT(S, "build", build, 0, &ab_build_fields),
  LIST(S, "members", members, 0, &pack_member_fields),
};
const struct field_table pack_plan_fields = {
  .schema = "pack-plan", .title = "pack.json, a member of every pack", .size = sizeof(S), FIELDS_OF(plan)
};
#undef S

#define S struct pack_result
static const struct field result[] = {
  WORD(S, "action", action, 0, pack_action_names),
  PART(S, "pack", pack, 0, &pack_summary_fields),
  WORD(S, "kind", kind, 0, pack_kind_names),
  TEXT(S, "subject", subject, 0),
  TEXT(S, "arch", arch, 0),
  TEXT(S, "workload", workload, 0),
  COUNT(S, "threads", threads, 0),
  NUMBER(S, "margin_pct", margin_pct, 0),
  ANSWER(S, "trusted", trusted, 0),
  WORD(S, "verdict", m.verdict, PACK_RAN, verdict_names),
  TEXT(S, "reason", m.reason, PACK_RAN),
  PART(S, "gain_pct", m.gain_pct, FIELD_NULL_WITH_FIRST | PACK_RAN, &estimate_fields),
  COUNT(S, "pairs", m.pairs, PACK_RAN),
  NUMBER(S, "elapsed_s", m.elapsed_s, PACK_RAN),
  NUMBER(S, "disturbed_pct", m.disturbed_pct, PACK_RAN),
  ANSWER(S, "partial", m.partial, PACK_RAN),
  OBJECT(S, "step0", step0, PACK_RAN, &ab_step0_fields),
  COUNT(S, "layouts", layouts, PACK_RAN),
  PART(S, "machine", machine, PACK_RAN, &machine_fields),
  TEXT(S, "result_file", result_file, PACK_RAN | FIELD_OF_MACHINE),
  TEXT(S, "results_dir", results_dir, PACK_RAN | FIELD_OF_MACHINE),
};
const struct field_table pack_result_fields = {
  .schema = "pack", .title = "hakmem-harness pack --json", .size = sizeof(S), FIELDS_OF(result)
};
#undef S

#define S struct pack_head
static const struct field head[] = {
  TEXT(S, "pack", pack, 0),
  TEXT(S, "run", run, 0),
  TEXT(S, "node", node, 0),
  TEXT(S, "date", date, 0),
  TEXT(S, "subject", subject, 0),
  NUMBER(S, "margin_pct", margin_pct, 0),
  NUMBER(S, "level", level, 0),
  COUNT(S, "seed", seed, 0),
  COUNT(S, "layouts", layouts, FIELD_OMIT),
  PART(S, "machine", machine, 0, &machine_fields),
  OBJECT(S, "step0", step0, 0, &ab_step0_fields),
};
const struct field_table pack_head_fields = {
  .schema = "pack-run", .title = "first line of what pack run writes", .size = sizeof(S), FIELDS_OF(head)
};
#undef S

#define S struct pack_end
static const struct field end[] = {
  COUNT(S, "pairs", pairs, 0),
  WORD(S, "verdict", verdict, 0, verdict_names),
  TEXT(S, "reason", reason, 0),
  PART(S, "gain_pct", gain_pct, FIELD_NULL_WITH_FIRST, &estimate_fields),
  NUMBER(S, "width_alone", width_alone, 0),
  NUMBER(S, "elapsed_s", elapsed_s, 0),
  ANSWER(S, "partial", partial, 0),
  NUMBER(S, "others_pct", company.others_pct, FIELD_OMIT),
  NUMBER(S, "waiting_pct", company.waiting_pct, FIELD_OMIT),
  NUMBER(S, "throttled_pct", company.throttled_pct, FIELD_OMIT),
  TEXT(S, "sha256", sha256, 0),
};
const struct field_table pack_end_fields = {
  .schema = "pack-end", .title = "last line of what pack run writes", .size = sizeof(S), FIELDS_OF(end)
};
#undef S
