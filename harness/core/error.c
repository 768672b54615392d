/* SPDX-License-Identifier: GPL-3.0-or-later */
/* error.c: see error.h. */
#include "harness/core/error.h"

#include <stdio.h>
#include <string.h>

int error_set(struct error *e, int code, const char *format, ...) {
  if (e == NULL) return code;
  va_list ap;
  e->code = code;
  e->advice[0] = '\0';
  va_start(ap, format);
  vsnprintf(e->text, sizeof e->text, format, ap);
  va_end(ap);
  return code;
}

int error_set_errno(struct error *e, int code, const char *format, ...) {
  if (e == NULL) return code;
  va_list ap;
  e->code = code;
  e->advice[0] = '\0';
  va_start(ap, format);
  vsnprintf(e->text, sizeof e->text, format, ap);
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

void error_clear(struct error *e) {
  if (e != NULL) memset(e, 0, sizeof *e);
}
