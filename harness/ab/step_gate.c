/* SPDX-License-Identifier: GPL-3.0-or-later */
/* step_gate.c: see step_gate.h. */
#include "harness/ab/step_gate.h"

#include <stdio.h>
#include <string.h>

#include "harness/core/json_out.h"

enum step_decision ab_gate_step0(const struct subject *s, const struct step_workload *w, json_t **step0, char *reason, size_t size)
{
  (void)s;
  (void)w;
  *step0 = json_object();
  json_object_set_new(*step0, "status", json_text("not run: this build has no Step 0; whether the sites run in this workload is not known"));
  json_object_set_new(*step0, "decision", json_null());
  snprintf(reason, size, "Step 0 was not run");
  return STEP_NOT_RUN;
}

enum step_decision ab_gate_step1(const struct subject *s, json_t **step1, char *reason, size_t size)
{
  const struct gate *other = NULL;
  for (size_t i = 0; i < s->gates; i++)
    if (strcmp(s->gate[i]->class_name, "TELEMETRY") != 0)
      other = s->gate[i];
  *step1 = json_object();
  json_object_set_new(*step1, "class", json_text(other ? other->class_name : "TELEMETRY"));
  json_object_set_new(*step1, "source", json_text("the gate table; the sources were not audited"));
  if (!other)
    return STEP_PROCEED;
  snprintf(reason, size, "%s is %s: it is not compiled out", other->name, other->class_name);
  return STEP_REFUSED;
}
