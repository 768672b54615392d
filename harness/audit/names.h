/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.h: what the name of a function says: the two questions where nothing else is known. */
#ifndef HARNESS_AUDIT_NAMES_H
#define HARNESS_AUDIT_NAMES_H

#include <stdbool.h>

/* Whether a function of this name, which hands a value out of the program, only reports (rule 7). */
bool is_report_name(const char *function);
bool is_env_reader(const char *function);

#endif
