/* SPDX-License-Identifier: GPL-3.0-or-later */
/* identifier.c: see identifier.h. */
#include "harness/core/identifier.h"

#include <string.h>

static bool may_be(char c, size_t at) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == ',' || c == '+' || (c == '.' && at > 0);
}

bool identifier_is(const char *text) {
  size_t n = 0;
  while (text[n] != '\0' && may_be(text[n], n)) n++;
  return n > 0 && text[n] == '\0';
}

void identifier_make(char *buf, size_t size, const char *text) {
  size_t n = 0;
  for (; text[n] != '\0' && n + 1 < size; n++) buf[n] = may_be(text[n], n) ? text[n] : '_';
  buf[n] = '\0';
  if (n == 0 && size > 1) strcpy(buf, "_");
}
