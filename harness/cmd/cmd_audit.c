/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_audit.c: `hakmem-harness audit`: Step 1, the class of every atomic with a witness. */
#include <stdio.h>
#include <string.h>

#include "harness/audit/audit.h"
#include "harness/audit/crosscheck.h"
#include "harness/audit/format.h"
#include "harness/audit/measured.h"
#include "harness/audit/project_audit.h"
#include "harness/core/command.h"
#include "harness/core/json_out.h"
#include "harness/core/locate.h"
#include "harness/core/registry.h"

/* Which of the --fail-on conditions hold. */
static int check_conditions(const struct invocation *inv, const struct audit_result *r) {
  int code = EXIT_DONE;
  for (char *const *c = option_list(inv, "fail-on"); *c; c++)
    for (size_t i = 0; i < r->row_count; i++) {
      const struct audit_row *row = &r->rows[i];
      bool hit =
          strcmp(*c, "unknown") == 0 ? row->cls == AUDIT_UNKNOWN : row->cls == AUDIT_TELEMETRY && !audit_is_gated(row);
      if (!hit) continue;
      code = EXIT_CLAIM_FALSE;
      command_note(inv, "%s: %s:%u: %s: %s\n", *c, row->file, row->line, row->variable, row->reason);
    }
  return code;
}

static int show_gate(const struct invocation *inv, const char *gate) {
  enum audit_class cls = AUDIT_UNKNOWN;
  char reason[600];
  struct error err = { 0 };
  int rc = audit_class_of_gate(gate, &cls, reason, sizeof reason, &err);
  if (rc) return command_fail(&err);
  if (!inv->json) {
    printf("%s: %s: %s\n", gate, audit_class_name(cls), reason);
    return EXIT_DONE;
  }
  json_t *o = json_result("audit");
  json_object_set_new(o, "gate", json_text(gate));
  json_object_set_new(o, "class", json_text(audit_class_name(cls)));
  json_object_set_new(o, "reason", json_text(reason));
  rc = json_print(o);
  json_decref(o);
  return rc == 0 ? EXIT_DONE : EXIT_INTERNAL;
}

/* Takes both; project NULL: it is HAKMEM, or a folder. */
static int show(const struct invocation *inv, const struct audit_result *r, size_t format, json_t *cross_check,
                json_t *project) {
  int code = EXIT_DONE;
  if (format == 0) format_text(stdout, r, option_is_set(inv, "witness"));
  else if (format == 2) format_csv(stdout, r);
  else {
    json_t *v = format == 1 ? format_json(r) : format_sarif(r);
    if (format == 1) json_object_set(v, "cross_check", cross_check);
    if (format == 1 && project) json_object_set(v, "project", project);
    code = json_print(v) == 0 ? EXIT_DONE : EXIT_INTERNAL;
    json_decref(v);
  }
  json_decref(cross_check);
  json_decref(project);
  return code;
}

/* Somebody's project: the build that its file says, and what a gate adds to it. */
static int audit_project(const struct invocation *inv, size_t format) {
  struct project_audit a;
  struct error err = { 0 };
  const struct audit_options o = { .sinks = option_list(inv, "sink") };
  const char *file = option_string(inv, "project"), *gate = inv->positional_count ? inv->positional[0] : NULL;
  static const char *const others[] = { "compile-commands", "binary", "gate", "all-gates", "feature", NULL };
  for (const char *const *n = others; *n; n++)
    if (option_is_set(inv, *n)) return command_usage(inv, "--%s does not go with --project", *n);
  command_note(inv, "building %s, then compiling it once more for the audit: minutes for a large program", file);
  if (project_audit_run(&a, file, gate, &o, &err)) return command_fail(&err);
  int code = show(inv, &a.result, format, json_null(), project_audit_json(&a));
  if (format == 0) project_audit_print(stdout, &a);
  if (code == EXIT_DONE) code = check_conditions(inv, &a.result);
  project_audit_free(&a);
  return code;
}

static int run_audit(const struct invocation *inv) {
  const char *format = inv->json ? "json" : option_string(inv, "format");
  static const char *const formats[] = { "text", "json", "csv", "sarif" };
  size_t chosen = 0;
  while (chosen < 4 && strcmp(format, formats[chosen]) != 0) chosen++;
  if (chosen == 4) return command_usage(inv, "--format %s is none of text, json, csv, sarif", format);
  for (char *const *c = option_list(inv, "fail-on"); *c; c++)
    if (strcmp(*c, "unknown") != 0 && strcmp(*c, "telemetry-ungated") != 0)
      return command_usage(inv, "--fail-on %s is none of unknown, telemetry-ungated", *c);
  if (option_is_set(inv, "project")) return audit_project(inv, chosen);
  if (option_string(inv, "gate")) return show_gate(inv, option_string(inv, "gate"));
  for (char *const *f = option_list(inv, "feature"); *f; f++)
    if (!registry_find(*f) || registry_find(*f)->class != GATE_FEATURE)
      return command_usage(inv, "--feature %s is no feature gate: `hakmem-harness sites` lists them", *f);
  struct audit_options o = {
    .dir = inv->positional_count ? inv->positional[0] : NULL,
    .compile_commands = option_string(inv, "compile-commands"),
    .sinks = option_list(inv, "sink"),
    .all_gates = option_is_set(inv, "all-gates"),
    .features = option_list(inv, "feature"),
  };
  struct audit_result r;
  struct error err = { 0 };
  int rc = audit_run(&o, &r, &err);
  if (rc) return command_fail(&err);
  if (!o.dir && !o.compile_commands) {
    struct measured m;
    measured_load(&m, option_string(inv, "results"));
    measured_apply(&m, &r);
    measured_free(&m);
  }
  struct crosscheck check;
  bool checked = false;
  char library[4096];
  const char *binary = option_string(inv, "binary");
  if (!binary && !o.dir && !o.compile_commands && !o.all_gates && !*o.features &&
      locate(LOCATE_LIBHAKMEM, library, sizeof library, &err) == 0)
    binary = library;
  if (binary) {
    rc = crosscheck_run(&check, binary, &r, &err);
    checked = rc == 0;
    if (rc && option_string(inv, "binary")) {
      audit_free(&r);
      return command_fail(&err);
    }
    if (rc) command_note(inv, "no cross-check: %s\n", err.text);
  }
  int code = show(inv, &r, chosen, checked ? crosscheck_json(&check, &r) : json_null(), NULL);
  if (chosen == 0 && checked) crosscheck_text(stdout, &check, &r);
  if (code == EXIT_DONE) code = check_conditions(inv, &r);
  if (checked) crosscheck_free(&check);
  audit_free(&r);
  return code;
}

static const char *const synopsis[] = {
  "[DIR] [--compile-commands F] [--sink FUNC[:ARG]]… [--format FORMAT] [--fail-on CONDITION]…",
  "--project FILE [GATE] [--sink FUNC[:ARG]]… [--format FORMAT] [--fail-on CONDITION]…", NULL
};

static const struct option_spec options[] = {
  { "compile-commands", 0, OPTION_STRING, "FILE", "compile commands to use (default: DIR/compile_commands.json)",
    NULL },
  { "project", 0, OPTION_STRING, "FILE",
    "somebody's project as its file says, with a GATE only the atomics on the gate's lines", NULL },
  { "sink", 0, OPTION_LIST, "FUNC[:ARG]",
    "a further function that only reports, or its argument ARG (from 1) that it only reports; may be repeated", NULL },
  { "format", 0, OPTION_STRING, "FORMAT", "text, json, csv or sarif", "text" },
  { "fail-on", 0, OPTION_LIST, "CONDITION", "exit 1 on unknown, or on telemetry-ungated; may be repeated", NULL },
  { "binary", 0, OPTION_STRING, "FILE",
    "compare with the locked instructions of this binary (HAKMEM itself: its library)", NULL },
  { "witness", 0, OPTION_FLAG, NULL, "text: show the path to what decided each row", NULL },
  { "gate", 0, OPTION_STRING, "GATE", "only say the worst class of the atomics behind this gate of HAKMEM", NULL },
  { "all-gates", 0, OPTION_FLAG, NULL, "HAKMEM itself: as if every telemetry gate were compiled in", NULL },
  { "feature", 0, OPTION_LIST, "GATE", "HAKMEM itself: as if this feature were compiled in; may be repeated", NULL },
  { "results", 0, OPTION_STRING, "DIR", "where measured executions (verify) are looked for", "results" },
  { NULL, 0, OPTION_FLAG, NULL, NULL, NULL },
};

const struct command cmd_audit = {
  .name = "audit",
  .summary = "Step 1: classify every atomic, with a witness",
  .synopsis = synopsis,
  .description = "Compiles a C program to LLVM bitcode as a whole and follows every value that an atomic\n"
                 "yields. TELEMETRY: only logging and other telemetry depends on it. CORRECTNESS: behaviour\n"
                 "depends on it. UNKNOWN: it could not be followed, or a unit is missing; doubt never ends in\n"
                 "TELEMETRY. Each row names the nearest use that decided.\n"
                 "\n"
                 "Without arguments HAKMEM itself is audited, with the gates of this build. DIR is a project\n"
                 "with a compile_commands.json (bear -- make), or a folder of bitcode files (*.bc). C++ and\n"
                 "assembler units are named; what they can name is never TELEMETRY.\n"
                 "\n"
                 "What functions outside of the program do is known of those of libc. Of a program's own report\n"
                 "--sink FUNC says that all of it only reports: its arguments, and whether it is called. --sink\n"
                 "FUNC:ARG says it of one argument, counted from 1; the others are followed, and a call that\n"
                 "depends on the value is judged as any other. The user's word is believed.",
  .options = options,
  .common = "jq",
  .positional_max = 1,
  .run = run_audit,
};
