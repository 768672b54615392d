/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_lost CORRECTNESS
 * What looks like logging empties a buffer too. */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic long g_lost;
static char ring[64];
static int used;
static void log_lost(long n) {
  if (n) {
    fprintf(stderr, "lost %ld\n", n);
    used = 0;
  }
}
int main(void) {
  ring[used++ & 63] = 'x';
  log_lost(atomic_exchange(&g_lost, 0));
  return used;
}
