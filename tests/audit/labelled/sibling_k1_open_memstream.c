/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits UNKNOWN : printed to a memory stream, whose text is then a command */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long hits;
int main(void) {
  char *p;
  size_t n;
  FILE *f = open_memstream(&p, &n);
  fprintf(f, "kill %ld", atomic_fetch_add(&hits, 1));
  fclose(f);
  return system(p);
}
