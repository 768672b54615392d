/* SPDX-License-Identifier: GPL-3.0-or-later */
/* error.c: see error.h. */
#include "harness/core/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill(struct error *e, enum error_kind kind, int code, const char *format, va_list ap) {
  e->kind = kind;
  e->code = code;
  e->advice[0] = '\0';
  vsnprintf(e->text, sizeof e->text, format, ap);
}

static enum error_kind kind_of_errno(int code) {
  switch (-code) {
  case 0: return ERROR_NONE;
  case EINVAL:
  case E2BIG:
  case EALREADY:
  case ESTALE: return ERROR_USAGE;
  case ENOENT:
  case ENOTDIR:
  case ENODEV:
  case ENOLINK:
  case ESRCH: return ERROR_MISSING;
  case EPERM:
  case EACCES:
  case EROFS:
  case ENOSYS:
  case ENOTSUP:
  case EBUSY: return ERROR_REFUSED;
  case ETIMEDOUT:
  case ECHILD:
  case ENOEXEC:
  case EPIPE: return ERROR_UNMEASURED;
  case EINTR: return ERROR_INTERRUPTED;
  default: return ERROR_INTERNAL;
  }
}

enum exit_code error_exit_code(const struct error *e) {
  switch (e->kind) {
  case ERROR_NONE: return EXIT_DONE;
  case ERROR_USAGE: return EXIT_USAGE;
  case ERROR_MISSING:
  case ERROR_REFUSED:
  case ERROR_UNMEASURED: return EXIT_UNMEASURED;
  case ERROR_INTERRUPTED: return EXIT_INTERRUPTED;
  case ERROR_INTERNAL: break;
  }
  return EXIT_INTERNAL;
}

int error_raise(struct error *e, enum error_kind kind, int code, const char *format, ...) {
  if (e == NULL) return code;
  va_list ap;
  va_start(ap, format);
  fill(e, kind, code, format, ap);
  va_end(ap);
  return code;
}

int error_set_kind(struct error *e, enum error_kind kind) {
  if (e == NULL) return 0;
  e->kind = kind;
  return e->code;
}

int error_set_errno(struct error *e, int code, const char *format, ...) {
  if (e == NULL) return code;
  va_list ap;
  va_start(ap, format);
  fill(e, kind_of_errno(code), code, format, ap);
  va_end(ap);
  size_t used = strlen(e->text);
  snprintf(e->text + used, sizeof e->text - used, ": %s", strerror(-code));
  return code;
}

int error_advise(struct error *e, const char *format, ...) {
  if (e == NULL) return 0;
  va_list ap;
  va_start(ap, format);
  vsnprintf(e->advice, sizeof e->advice, format, ap);
  va_end(ap);
  return e->code;
}

int error_prefix(struct error *e, const char *format, ...) {
  if (e == NULL) return 0;
  char old[sizeof e->text];
  va_list ap;
  memcpy(old, e->text, sizeof old);
  va_start(ap, format);
  vsnprintf(e->text, sizeof e->text, format, ap);
  va_end(ap);
  size_t used = strlen(e->text);
  snprintf(e->text + used, sizeof e->text - used, ": %s", old);
  return e->code;
}

void error_exit_no_memory(const char *what) {
  fprintf(stderr, "error: %s: out of memory\n", what);
  exit(EXIT_INTERNAL);
}

void error_clear(struct error *e) {
  if (e != NULL) memset(e, 0, sizeof *e);
}
