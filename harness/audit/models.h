/* SPDX-License-Identifier: GPL-3.0-or-later */
/* models.h: what functions outside of the program do with their arguments: the table models.def,
 * LLVM's intrinsics, and the sinks that the user names. */
#ifndef HARNESS_AUDIT_MODELS_H
#define HARNESS_AUDIT_MODELS_H

#include <stdbool.h>

#include "harness/audit/ir.h"

enum action { ACTION_CALM, ACTION_LOG, ACTION_ACT };

struct model {
  const char *function;
  enum action action;
  char result;           /* 'v', 'p', '-' */
  const char *arguments; /* models.def says what the letters mean */
};

/* NULL: nothing is known of it. sinks: `FUNC` or `FUNC:ARG` as the user gave them, NULL-terminated, may be NULL. */
const struct model *model_of(const char *function, char *const *sinks);
/* The same for what an instruction calls: a function without a body, or a sink; NULL for others. */
const struct model *model_of_call(struct program *p, LLVMValueRef call);
/* The letter of an argument, from 0. */
char model_role(const struct model *m, unsigned argument);
/* Whether the user said of this function, as a whole, that it only reports. */
bool is_given_sink(const char *function, char *const *sinks);
/* The same, or of single arguments of it. */
bool is_partial_sink(const char *function, unsigned argument, char *const *sinks);
/* Whether what the call writes goes to people: standard output or error, a log opened for appending, a
 * stream that a caller outside of the program chose; *why says what it is otherwise. */
bool channel_reports(struct program *p, LLVMValueRef call, const struct model *m, const char **why);
/* Whether the format asks for what the argument points at (%s), its address (%p), or writes there (%n):
 * the letter, 'd' for a number, '*' for a width, 0 where the format is not known. */
char format_letter(LLVMValueRef call, const struct model *m, unsigned argument);
/* read_back.c: whether the program itself asks for the position or size of its standard output or error, reads them,
 * closes their descriptors, or opens them by a name to read. What it asks of a descriptor or stream that is never one
 * of these does not count, and neither does whether writing failed (ferror, fclose): that is the file's doing. */
bool reads_back_standard(struct program *p);
/* The variables stderr and stdout of the C library. */
bool names_standard_stream(LLVMValueRef pointer);
/* The text that a constant pointer points at, to free; NULL: not known. */
char *constant_text(LLVMValueRef v);

#endif
