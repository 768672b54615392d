/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_json.c: see doctor_json.h. */
#include "harness/doctor/doctor_json.h"

#include "harness/core/json_out.h"

json_t *doctor_check_json(const struct doctor_check *c) {
  json_t *o = json_object();
  json_object_set_new(o, "name", json_text(c->name));
  json_object_set_new(o, "status", json_text(doctor_status_name(c->status)));
  json_object_set_new(o, "detail", json_text(c->detail));
  json_object_set_new(o, "advice", json_text(c->advice[0] != '\0' ? c->advice : NULL));
  return o;
}
