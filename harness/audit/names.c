/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.c: names.h. */
#include "harness/audit/names.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Whether a word starts at `at` of the name: what stands before it is no letter of the same word. */
static bool starts_word(const char *name, const char *at) {
  return at == name || !isalpha((unsigned char)at[-1]) ||
         (isupper((unsigned char)at[0]) && islower((unsigned char)at[-1]));
}

/* Whether the word ends at `end`, a plural included. */
static bool ends_word(const char *end) {
  if (end[0] == 's' || end[0] == 'S') end++;
  return !isalpha((unsigned char)end[0]) || (isupper((unsigned char)end[0]) && islower((unsigned char)end[-1]));
}

bool is_report_name(const char *f) {
  /* whole words: a state, a status and what is static or symmetric are no reports */
  static const char *const words[] = { "stat", "statistic", "debug", "dbg", "dump", "metric", NULL };
  for (const char *const *w = words; *w; w++)
    for (const char *at = f; *at; at++)
      if (strncasecmp(at, *w, strlen(*w)) == 0 && starts_word(f, at) && ends_word(at + strlen(*w))) return true;
  return false;
}

bool is_env_reader(const char *f) {
  return strcmp(f, "hak_env_switch") == 0 || strcmp(f, "getenv") == 0 || strcmp(f, "secure_getenv") == 0 ||
         strcmp(f, "__secure_getenv") == 0;
}
