/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_explain.c: --explain: the words of a result that was printed, in the glossary's words. */
#include <ctype.h>
#include <string.h>

#include "harness/ab/ab_print.h"
#include "harness/ab/ab_words.h"
#include "harness/core/units.h"

static enum ab_word_of compared_by(const struct ab_result *r) {
  bool sides = r->side[0] != NULL || r->arms.count > 0;
  return !sides ? AB_WORD_GATE : r->workload != NULL ? AB_WORD_LIBRARIES : AB_WORD_COMMANDS;
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
  enum ab_word_of of = compared_by(r);
  fputs("\n", f);
  for (const struct ab_word *w = ab_words; w->word; w++) {
    char line[300];
    if (w->of != AB_WORD_ANYTHING && w->of != AB_WORD_TABLE && w->of != of) continue;
    if (!stands_in(printed, w->word)) continue;
    snprintf(line, sizeof line, "%s: %s", w->word, w->meaning);
    units_wrap(f, line, columns);
  }
  units_wrap(f, "More: doc/glossary.md; how it is measured: doc/method.md", columns);
}
