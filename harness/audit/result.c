/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result.c: the audit's result as data (audit.h). */
#include <stdlib.h>
#include <string.h>

#include "harness/audit/audit.h"

const char *audit_class_name(enum audit_class cls) { return audit_class_names[cls]; }

size_t audit_count(const struct audit_result *result, enum audit_class cls) {
  size_t n = 0;
  for (size_t i = 0; i < result->row_count; i++) n += result->rows[i].cls == cls;
  return n;
}

bool audit_is_gated(const struct audit_row *row) { return row->compile_gate != NULL; }

static void free_row(struct audit_row *r) {
  free(r->file);
  free(r->function);
  free(r->variable);
  free(r->location);
  free(r->op);
  free(r->order);
  free(r->reason);
  for (size_t s = 0; s < r->step_count; s++) {
    free(r->steps[s].file);
    free(r->steps[s].what);
  }
  free(r->steps);
  for (size_t c = 0; c < r->call_count; c++) {
    free(r->calls[c].file);
    free(r->calls[c].what);
  }
  free(r->calls);
  free(r->path_source);
  free(r->env_name);
  free(r->env_default);
  free(r->compile_gate);
}

void audit_free(struct audit_result *result) {
  for (size_t i = 0; i < result->row_count; i++) free_row(&result->rows[i]);
  for (size_t i = 0; i < result->unit_count; i++) {
    free(result->units[i].file);
    free(result->units[i].failure);
  }
  for (size_t i = 0; i < result->note_count; i++) free(result->notes[i]);
  free(result->rows);
  free(result->units);
  free(result->notes);
  memset(result, 0, sizeof *result);
}
