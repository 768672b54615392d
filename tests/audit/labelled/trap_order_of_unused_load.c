/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ROW g_refs load CORRECTNESS
 * Nothing uses what it reads: it is an acquire barrier before memory goes (as in a network manager). */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int g_refs = 1;
static char *buffer;
static void destroy(void) {
  (void)atomic_load_explicit(&g_refs, memory_order_acquire);
  buffer[0] = 0;
}
int main(void) {
  buffer = malloc(4);
  if (buffer) destroy();
  return 0;
}
