/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.c: see words.h. */
#include "harness/core/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int push(struct words *w, char *text) {
  char **p = text ? realloc(w->word, (w->count + 2) * sizeof *p) : NULL;
  if (!p) {
    free(text);
    return -ENOMEM;
  }
  w->word = p;
  p[w->count++] = text;
  p[w->count] = NULL;
  return 0;
}

int words_add(struct words *w, const char *format, ...) {
  va_list ap;
  char *text;
  va_start(ap, format);
  int n = vasprintf(&text, format, ap);
  va_end(ap);
  return push(w, n < 0 ? NULL : text);
}

int words_split(struct words *w, const char *text, struct error *err) {
  char *out = malloc(strlen(text) + 1);
  size_t n = 0;
  char quote = 0;
  int in_word = 0, rc = out ? 0 : -ENOMEM;
  for (const char *p = text; rc == 0; p++) {
    char c = *p;
    if (c == '\0') {
      if (quote) rc = error_raise(err, ERROR_USAGE, -EINVAL, "an open %c in: %s", quote, text);
      break;
    }
    if (quote == '\'' ? c == '\'' : quote == '"' && c == '"') {
      quote = 0;
    } else if (!quote && (c == '\'' || c == '"')) {
      quote = c;
      in_word = 1;
    } else if (c == '\\' && quote != '\'' && (!quote || p[1] == '"' || p[1] == '\\')) {
      if (*++p == '\0') {
        rc = error_raise(err, ERROR_USAGE, -EINVAL, "a backslash at the end of: %s", text);
        break;
      }
      out[n++] = *p;
      in_word = 1;
    } else if (!quote && (c == ' ' || c == '\t' || c == '\n')) {
      if (in_word) {
        out[n] = '\0';
        rc = push(w, strdup(out));
      }
      n = 0;
      in_word = 0;
    } else {
      out[n++] = c;
      in_word = 1;
    }
  }
  if (rc == 0 && in_word) {
    out[n] = '\0';
    rc = push(w, strdup(out));
  }
  free(out);
  return rc == -ENOMEM ? error_set_errno(err, rc, "cannot split a command line") : rc;
}

void words_free(struct words *w) {
  for (size_t i = 0; i < w->count; i++) free(w->word[i]);
  free(w->word);
  w->word = NULL;
  w->count = 0;
}
