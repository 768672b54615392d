/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS
 * The text goes through strdup(), strtok() and strtol(). */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static _Atomic long hits;
int main(void) {
  char *t = NULL;
  if (asprintf(&t, "hits=%ld;", atomic_fetch_add(&hits, 1)) < 0)
    return 1;
  char *c = strdup(t);
  char *w = strtok(c, "=");
  w = strtok(NULL, ";");
  long n = w ? strtol(w, NULL, 10) : 0;
  if (n > 9)
    abort();
  return 0;
}
