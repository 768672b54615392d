/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_json.h: a check as JSON, for doctor and for the commands that tell their conditions. */
#ifndef HARNESS_DOCTOR_DOCTOR_JSON_H
#define HARNESS_DOCTOR_DOCTOR_JSON_H

#include <jansson.h>

#include "harness/doctor/doctor.h"

/* {name, status, detail, advice}; advice is null where there is nothing to do. */
json_t *doctor_check_json(const struct doctor_check *check);

#endif
