/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT inits CORRECTNESS
 * A constructor decides by it. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int inits;
static void *arena;
__attribute__((constructor)) static void start(void) {
  if (atomic_fetch_add(&inits, 1) == 0)
    arena = malloc(64);
}
int main(void) {
  return arena == NULL;
}
