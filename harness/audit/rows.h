/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rows.h: from judged sites to the rows of the result; internal to the engine. */
#ifndef HARNESS_AUDIT_ROWS_H
#define HARNESS_AUDIT_ROWS_H

#include "harness/audit/classify.h"
#include "harness/audit/sources.h"

/* Fills result->rows, sorted by file and line. Copies of one site that inlining made are one row,
 * of the worst class. */
void rows_make(struct program *p, struct judgement *j, struct sources *src, struct audit_result *result);

/* envgate.c: environment variables that decide whether an instruction runs. */
struct env_gates;
struct env_gates *env_gates_find(struct program *p);
/* Fills name and default (to free); false: none. */
bool env_gate_of(struct env_gates *e, LLVMValueRef inst, char **name, char **fallback);
void env_gates_free(struct env_gates *e);

/* distance.c: how many calls a function is from the program's entries; -1: not reached. */
int call_distance(struct program *p, struct map *cache, LLVMValueRef function);

#endif
