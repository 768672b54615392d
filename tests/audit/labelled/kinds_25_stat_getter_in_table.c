/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : a table of functions named for statistics, which the tuner calls */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long hits;
static long cache_stat_hits(void) { return atomic_load(&hits); }
static const struct { long (*hits)(void); } ops = { cache_stat_hits };
static void *block;
int main(void) {
  atomic_fetch_add(&hits, 1);
  if (ops.hits() < 10) {
    free(block);
    block = 0;
  }
  return 0;
}
