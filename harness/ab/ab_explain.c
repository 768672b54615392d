/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_explain.c: --explain: the words of a result that was printed, in the glossary's words. */
#include <ctype.h>
#include <string.h>

#include "harness/ab/ab_print.h"
#include "harness/core/units.h"

/* What is compared: some words mean another thing for each. */
enum compared { ANYTHING, GATE, COMMANDS, LIBRARIES, TABLE };

static const struct {
  enum compared of;
  const char *word, *meaning;
} words[] = {
#define WORD(word, meaning) { ANYTHING, word, meaning },
#define WORD_OF(what, word, meaning) { what, word, meaning },
#include "harness/ab/ab_words.def"
#undef WORD_OF
#undef WORD
};

static enum compared compared_by(const struct ab_result *r) {
  bool sides = r->side[0] != NULL || r->arms.count > 0;
  return !sides ? GATE : r->workload != NULL ? LIBRARIES : COMMANDS;
}

static bool is_part(char c) { return isalnum((unsigned char)c) || c == '-' || c == '_'; }

/* As a word of its own: GO is not in NO-GO. */
static bool stands_in(const char *text, const char *word) {
  size_t n = strlen(word);
  for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
    if ((at == text || !is_part(at[-1])) && !is_part(at[n])) return true;
  return false;
}

void ab_explain(FILE *f, const struct ab_result *r, const char *printed, unsigned columns) {
  enum compared of = compared_by(r);
  fputs("\n", f);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    char line[300];
    if (words[i].of != ANYTHING && words[i].of != TABLE && words[i].of != of) continue;
    if (!stands_in(printed, words[i].word)) continue;
    snprintf(line, sizeof line, "%s: %s", words[i].word, words[i].meaning);
    units_wrap(f, line, columns);
  }
  units_wrap(f, "More: doc/glossary.md; how it is measured: doc/method.md", columns);
}
