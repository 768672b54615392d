/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_words.h: the words of a result and what they mean, for --explain and the pages (ab_words.def). */
#ifndef HARNESS_AB_AB_WORDS_H
#define HARNESS_AB_AB_WORDS_H

/* What is compared: some words mean another thing for each. */
enum ab_word_of { AB_WORD_ANYTHING, AB_WORD_GATE, AB_WORD_COMMANDS, AB_WORD_LIBRARIES, AB_WORD_TABLE };

struct ab_word {
  enum ab_word_of of;
  const char *word, *meaning;
};
extern const struct ab_word ab_words[]; /* the last has no word */

#endif
