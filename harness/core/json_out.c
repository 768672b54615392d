/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_out.c: see json_out.h. */
#include "harness/core/json_out.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

json_t *json_number(double value) {
  if (!isfinite(value)) return json_null();
  char text[32];
  snprintf(text, sizeof text, "%.9g", value);
  return json_real(strtod(text, NULL));
}

json_t *json_count(bool measured, uint64_t value) { return measured ? json_integer((json_int_t)value) : json_null(); }

json_t *json_text(const char *text) {
  if (text == NULL) return json_null();
  json_t *s = json_string(text);
  /* a path or a compiler's message need not be UTF-8; jansson then refuses it */
  return s != NULL ? s : json_string_nocheck("(not UTF-8)");
}

json_t *json_result(const char *command) {
  char schema[64];
  snprintf(schema, sizeof schema, "hakmem.%s/1", command);
  json_t *o = json_object();
  json_object_set_new(o, "schema", json_string(schema));
  return o;
}

static bool printed, lost;
bool json_was_printed(void) { return printed; }
bool json_was_lost(void) { return lost; }

int json_print(const json_t *value) {
  printed = true;
  lost = json_dumpf(value, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0 || fputc('\n', stdout) == EOF ||
         fflush(stdout) != 0;
  return lost ? -EIO : 0;
}
