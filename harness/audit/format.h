/* SPDX-License-Identifier: GPL-3.0-or-later */
/* format.h: the audit's result for people, programs, spreadsheets and editors. */
#ifndef HARNESS_AUDIT_FORMAT_H
#define HARNESS_AUDIT_FORMAT_H

#include <jansson.h>
#include <stdio.h>

#include "harness/audit/audit.h"

/* A table grouped by class and variable, with totals; witness: each row's path below it. */
void format_text(FILE *out, const struct audit_result *r, bool witness);
/* hakmem.audit/1; a new reference. */
json_t *format_json(const struct audit_result *r);
/* RFC 4180, one line a row. */
void format_csv(FILE *out, const struct audit_result *r);
/* SARIF 2.1.0 (OASIS); a new reference. */
json_t *format_sarif(const struct audit_result *r);
/* Totals: by class, and of TELEMETRY those that stand behind no #if. */
json_t *format_totals(const struct audit_result *r);

#endif
