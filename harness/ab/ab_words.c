/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_words.c: see ab_words.h. */
#include "harness/ab/ab_words.h"

#include <stddef.h>

const struct ab_word ab_words[] = {
#define WORD(word, meaning) { AB_WORD_ANYTHING, word, meaning },
#define WORD_OF(what, word, meaning) { AB_WORD_##what, word, meaning },
#include "harness/ab/ab_words.def"
#undef WORD_OF
#undef WORD
  { AB_WORD_ANYTHING, NULL, NULL },
};
