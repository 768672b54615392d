/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT rss CORRECTNESS
 * Printed into a text, which is parsed again. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long rss;
static char status[256];
static void render(void) {
  snprintf(status, sizeof status, "rss %ld\n", atomic_load(&rss));
}
static long parsed(void) {
  long n = 0;
  sscanf(status, "rss %ld", &n);
  return n;
}
int main(void) {
  atomic_fetch_add(&rss, 1);
  render();
  if (parsed() > 100)
    abort();
  return 0;
}
