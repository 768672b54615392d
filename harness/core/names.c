/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.c: see names.h. */
#include "harness/core/names.h"

#include <stdio.h>
#include <string.h>

/* Optimal string alignment distance, - and _ equal; names are short. */
static size_t distance(const char *a, const char *b) {
  enum { LIMIT = 48 };
  size_t la = strnlen(a, LIMIT - 1), lb = strnlen(b, LIMIT - 1);
  size_t row[LIMIT], previous[LIMIT], before[LIMIT];
  for (size_t j = 0; j <= lb; j++) previous[j] = j;
  for (size_t i = 1; i <= la; i++) {
    row[0] = i;
    for (size_t j = 1; j <= lb; j++) {
      char x = a[i - 1] == '_' ? '-' : a[i - 1], y = b[j - 1] == '_' ? '-' : b[j - 1];
      size_t best = previous[j - 1] + (x != y);
      if (previous[j] + 1 < best) best = previous[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      row[j] = best;
    }
    memcpy(before, previous, sizeof before);
    memcpy(previous, row, sizeof previous);
  }
  return previous[lb];
}

const char *names_near(const char *const *names, const char *name, char *buf, size_t size) {
  const char *best[3] = { NULL, NULL, NULL };
  size_t score[3] = { (size_t)-1, (size_t)-1, (size_t)-1 };
  for (; *names != NULL; names++) {
    size_t d = distance(name, *names);
    if (strstr(*names, name) != NULL) d = d > 2 ? 2 : d;
    for (int k = 0; k < 3; k++) {
      if (best[k] != NULL && strcmp(best[k], *names) == 0) break;
      if (d >= score[k]) continue;
      for (int m = 2; m > k; m--) {
        best[m] = best[m - 1];
        score[m] = score[m - 1];
      }
      best[k] = *names;
      score[k] = d;
      break;
    }
  }
  if (size > 0) buf[0] = '\0';
  size_t used = 0;
  for (int k = 0; k < 3 && best[k] != NULL && used < size; k++)
    used += (size_t)snprintf(buf + used, size - used, "%s%s", k ? ", " : "", best[k]);
  return buf;
}

int names_unknown(struct error *err, const char *what, const char *name, const char *const *names) {
  char near[256];
  return error_raise(err, ERROR_USAGE, -ENOENT, "no %s '%s'; near: %s", what, name,
                     names_near(names, name, near, sizeof near));
}

int names_choose(const char *text, const char *what, const char *const *names, bool *chosen, struct error *err) {
  char word[64];
  for (size_t i = 0; names[i] != NULL; i++) chosen[i] = text == NULL;
  while (text != NULL && *text != '\0') {
    size_t n = strcspn(text, ","), i = 0;
    snprintf(word, sizeof word, "%.*s", (int)(n < 63 ? n : 63), text);
    while (names[i] != NULL && strcmp(names[i], word) != 0) i++;
    if (names[i] == NULL) return names_unknown(err, what, word, names);
    chosen[i] = true;
    text += n + (text[n] == ',');
  }
  return 0;
}
