/* SPDX-License-Identifier: GPL-3.0-or-later */
/* error.h: what a library function of the harness says when it fails.
 *
 * Library functions print nothing and never exit. They return 0 or a negative errno and fill
 * a struct error: what failed, with its cause, and advice on what to do. Only cmd_*.c prints. */
#ifndef HARNESS_CORE_ERROR_H
#define HARNESS_CORE_ERROR_H

#include <errno.h>
#include <stdarg.h>

#include "harness/core/exit_codes.h"

/* Who has to do something about it; decides the exit code, in error_exit_code() alone. */
enum error_kind {
  ERROR_NONE,
  ERROR_USAGE,       /* a wrong word, an unknown name, a file that the user named and that is not one: 2 */
  ERROR_MISSING,     /* a tool, package or part of the machine that is not there: 3 */
  ERROR_REFUSED,     /* the kernel or another program does not permit it: 3 */
  ERROR_UNMEASURED,  /* it ran, and gave no figure: a workload that crashed, timed out or failed: 3 */
  ERROR_INTERRUPTED, /* somebody ended us: 130 */
  ERROR_INTERNAL,    /* the harness itself is broken, or has no memory or disk: 4 */
};

struct error {
  enum error_kind kind;
  int code;         /* negative errno, 0 while nothing failed */
  char text[768];   /* one sentence, no newline */
  char advice[512]; /* what the user can do, empty if nothing */
};

/* Fills *e (which may be NULL) and returns code, so that a caller can write
 * `return error_raise(e, ERROR_USAGE, -EINVAL, "…")`. code is a negative errno. */
int error_raise(struct error *e, enum error_kind kind, int code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Of an error that came from below, where the caller knows better whose it is; returns e->code. */
int error_set_kind(struct error *e, enum error_kind kind);

/* The one place where kinds become exit codes; EXIT_DONE for ERROR_NONE. */
enum exit_code error_exit_code(const struct error *e);

/* What a failed system call says: the text and ": strerror(-code)", of the kind that its errno stands for (a negative
 * one), where nobody knows better; returns code. */
int error_set_errno(struct error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds advice to an error that is set; returns e->code. */
int error_advise(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of the text; returns e->code. */
int error_prefix(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* No memory where no caller could do anything about it: says so and exits with EXIT_INTERNAL. */
void error_exit_no_memory(const char *what) __attribute__((noreturn));

void error_clear(struct error *e);

#endif
