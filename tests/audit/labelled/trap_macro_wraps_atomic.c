/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS
 * A macro around the atomic hands on what was there before, and a table of macros uses it. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic unsigned hits;
#define COUNT(v) (atomic_fetch_add_explicit(&(v), 1, memory_order_relaxed))
#define EVERY(n, v, what)                                                                                            \
  do {                                                                                                               \
    if (COUNT(v) % (n) == (n)-1)                                                                                     \
      what;                                                                                                          \
  } while (0)
static char *pool[64];
static void refill(void) {
  for (int i = 0; i < 64; i++)
    pool[i] = malloc(64);
}
int main(void) {
  for (int i = 0; i < 1000; i++)
    EVERY(64, hits, refill());
  return pool[0] == NULL;
}
