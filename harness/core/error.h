/* SPDX-License-Identifier: GPL-3.0-or-later */
/* error.h: what a library function of the harness says when it fails.
 *
 * Library functions print nothing and never exit. They return 0 or a negative errno and fill
 * a struct error: what failed, with its cause, and advice on what to do. Only cmd_*.c prints. */
#ifndef HARNESS_CORE_ERROR_H
#define HARNESS_CORE_ERROR_H

#include <errno.h>
#include <stdarg.h>

struct error {
  int code;         /* negative errno, 0 while nothing failed */
  char text[768];   /* one sentence, no newline */
  char advice[512]; /* what the user can do, empty if nothing */
};

/* Fills *e (which may be NULL) and returns code, so that a caller can write
 * `return error_set(e, -ENOENT, "…")`. code is a negative errno. */
int error_set(struct error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with ": strerror(-code)" after the text. */
int error_set_errno(struct error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds advice to an error that is set; returns e->code. */
int error_advise(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " in front of the text; returns e->code. */
int error_prefix(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

void error_clear(struct error *e);

#endif
