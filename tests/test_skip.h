/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_skip.h: skips of C tests, the same rule as tests/lib.sh. */
#ifndef TESTS_TEST_SKIP_H
#define TESTS_TEST_SKIP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the test program: 77, or 1 where REQUIRE holds the word. */
static inline void test_skip(const char *word, const char *reason) {
  const char *require = getenv("REQUIRE");
  size_t n = strlen(word);
  for (const char *p = require; p != NULL && (p = strstr(p, word)) != NULL; p += n)
    if ((p == require || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0')) {
      printf("FAIL: '%s' is required here, and: %s\n", word, reason);
      exit(1);
    }
  printf("SKIP: %s: %s\n", word, reason);
  exit(77);
}

#endif
