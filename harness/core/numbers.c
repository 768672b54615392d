/* SPDX-License-Identifier: GPL-3.0-or-later */
/* numbers.c: see numbers.h. */
#include "harness/core/numbers.h"

#include <errno.h>
#include <stdlib.h>

bool number_whole(const char *text, uint64_t *value) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  unsigned long long v = strtoull(text, &end, text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10);
  if (errno != 0) return false;
  uint64_t factor = 1;
  if (*end == 'k' || *end == 'K') factor = 1000;
  else if (*end == 'M') factor = 1000000;
  else if (*end == 'G') factor = 1000000000;
  if (factor != 1) end++;
  return *end == '\0' && !__builtin_mul_overflow((uint64_t)v, factor, value);
}

bool number_positive(const char *text, char unit, double most, double *value) {
  char *end;
  errno = 0;
  *value = strtod(text, &end);
  if (end == text || errno != 0) return false;
  if (*end == unit) end++;
  return *end == '\0' && *value > 0 && *value <= most;
}
