/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tables.h: short forms for the lines of a field table (fields.h); for the .c files that hold one.
 * OF is the struct, key the JSON key, m its member. */
#ifndef HARNESS_DATA_TABLES_H
#define HARNESS_DATA_TABLES_H

#include "harness/core/fields.h"

#define NUMBER(of, key, m, rules) \
 { key, FIELD_NUMBER, offsetof(of, m), rules, NULL, NULL }
#define COUNT(of, key, m, rules) \
 { key, FIELD_COUNT, offsetof(of, m), rules, NULL, NULL }
#define ANSWER(of, key, m, rules) \
 { key, FIELD_ANSWER, offsetof(of, m), rules, NULL, NULL }
#define TEXT(of, key, m, rules) \
 { key, FIELD_TEXT, offsetof(of, m), rules, NULL, NULL }
#define WORD(of, key, m, rules, names) \
 { key, FIELD_ENUM, offsetof(of, m), rules, names, NULL }
#define TEXTS(of, key, m, rules) \
 { key, FIELD_TEXTS, offsetof(of, m), rules, NULL, NULL }
#define COUNTS(of, key, m, rules) \
 { key, FIELD_COUNTS, offsetof(of, m), rules, NULL, NULL }
#define OBJECT(of, key, m, rules, table) \
 { key, FIELD_OBJECT, offsetof(of, m), rules, NULL, table }
#define PART(of, key, m, rules, table) \
 { key, FIELD_PART, offsetof(of, m), rules, NULL, table }
#define LIST(of, key, m, rules, table) \
 { key, FIELD_LIST, offsetof(of, m), rules, NULL, table }

/* The keys of an estimate, for objects that are one and have more keys. */
#define ESTIMATE(of, m)                                                                          \
 NUMBER(of, "estimate", m.value, 0), NUMBER(of, "low", m.low, 0), NUMBER(of, "high", m.high, 0), \
     NUMBER(of, "level", m.level, 0), COUNT(of, "n", m.n, FIELD_OMIT)

#endif
