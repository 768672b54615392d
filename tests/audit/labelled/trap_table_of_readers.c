/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT fills CORRECTNESS
 * A reader in a table of functions, called by number. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long fills, other;
static long read_fills(void) {
  return atomic_load(&fills);
}
static long read_other(void) {
  return atomic_load(&other);
}
static long (*const reader[])(void) = {read_fills, read_other};
int main(int argc, char **argv) {
  (void)argv;
  atomic_fetch_add(&fills, 1);
  if (reader[argc & 1]() > 10)
    abort();
  return 0;
}
