/* SPDX-License-Identifier: GPL-3.0-or-later */
/* format_sarif.c: SARIF 2.1.0, which editors and code hosts show in place (format.h). */
#include "harness/audit/format.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/core/json_out.h"

/* A path as a URI (RFC 3986): what is no unreserved character or slash goes in as %XX. */
static json_t *uri_of(const char *path) {
  char *text = malloc(strlen(path) * 3 + 8), *at = text;
  if (!text) return NULL;
  if (path[0] == '/') at = stpcpy(at, "file://");
  for (; *path; path++)
    if (isalnum((unsigned char)*path) || strchr("-._~/", *path)) *at++ = *path;
    else at += sprintf(at, "%%%02X", (unsigned char)*path);
  *at = '\0';
  json_t *o = json_text(text);
  free(text);
  return o;
}

static json_t *location(const char *file, unsigned line, const char *message) {
  json_t *region = json_pack("{s:i}", "startLine", (int)(line ? line : 1));
  json_t *l =
      json_pack("{s:{s:{s:o},s:o}}", "physicalLocation", "artifactLocation", "uri", uri_of(file), "region", region);
  if (message) json_object_set_new(l, "message", json_pack("{s:o}", "text", json_text(message)));
  return l;
}

static json_t *result_of(const struct audit_row *r) {
  char text[1200];
  snprintf(text, sizeof text, "%s %s of %s: %s: %s", r->op, r->order, r->variable, audit_class_name(r->cls), r->reason);
  json_t *steps = json_array();
  for (size_t s = 0; s < r->step_count; s++)
    json_array_append_new(
        steps, json_pack("{s:o}", "location", location(r->steps[s].file, r->steps[s].line, r->steps[s].what)));
  json_t *o = json_pack("{s:s,s:s,s:{s:o},s:[o]}", "ruleId", audit_class_name(r->cls), "level",
                        r->cls == AUDIT_UNKNOWN                           ? "warning"
                        : r->cls == AUDIT_TELEMETRY && !audit_is_gated(r) ? "note"
                                                                          : "none",
                        "message", "text", json_text(text), "locations", location(r->file, r->line, NULL));
  json_object_set_new(o, "codeFlows", json_pack("[{s:[{s:o}]}]", "threadFlows", "locations", steps));
  return o;
}

json_t *format_sarif(const struct audit_result *r) {
  json_t *results = json_array(), *rules = json_array(), *notes = json_array();
  static const char *const meaning[] = { "Only logging and other telemetry depends on it.",
                                         "The analysis cannot follow it; a person has to look.",
                                         "The program's behaviour depends on it." };
  for (int c = AUDIT_TELEMETRY; c <= AUDIT_CORRECTNESS; c++)
    json_array_append_new(rules, json_pack("{s:s,s:{s:s}}", "id", audit_class_name((enum audit_class)c),
                                           "shortDescription", "text", meaning[c]));
  for (size_t i = 0; i < r->row_count; i++) json_array_append_new(results, result_of(&r->rows[i]));
  for (size_t i = 0; i < r->unit_count; i++)
    if (r->units[i].failure) {
      char text[1200];
      snprintf(text, sizeof text, "%s: %s", r->units[i].file, r->units[i].failure);
      json_array_append_new(notes, json_pack("{s:s,s:{s:o}}", "level", "error", "message", "text", json_text(text)));
    }
  json_t *invocation = json_pack("{s:b,s:o}", "executionSuccessful", r->complete, "toolExecutionNotifications", notes);
  json_t *driver =
      json_pack("{s:s,s:s,s:o}", "name", "hakmem-harness audit", "version", HAKMEM_VERSION, "rules", rules);
  return json_pack("{s:s,s:s,s:[{s:{s:o},s:o,s:[o]}]}", "$schema", "https://json.schemastore.org/sarif-2.1.0.json",
                   "version", "2.1.0", "runs", "tool", "driver", driver, "results", results, "invocations", invocation);
}
