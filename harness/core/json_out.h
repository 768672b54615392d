/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json_out.h: how results become JSON. A number that was not measured is null, never 0. */
#ifndef HARNESS_CORE_JSON_OUT_H
#define HARNESS_CORE_JSON_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Rounded to 9 significant digits; NaN and infinities become null. */
json_t *json_number(double value);
/* null where !measured. */
json_t *json_count(bool measured, uint64_t value);
json_t *json_text(const char *text); /* NULL becomes null */
/* A new object with "schema": "hakmem.<command>/1" first. */
json_t *json_result(const char *command);
/* Prints exactly one object and a newline on stdout; 0 or negative errno. */
int json_print(const json_t *value);
/* Whether json_print was called: a command that failed without it still owes one object. */
bool json_was_printed(void);
/* Whether it could not be written. */
bool json_was_lost(void);

#endif
