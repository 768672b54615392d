/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ticks TELEMETRY : the loop ends; logged each 1000th turn */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned long ticks;
int main(void) {
  int c;
  while ((c = getchar()) != EOF) {
    putchar(c);
    if (atomic_fetch_add(&ticks, 1) % 1000 == 0) fprintf(stderr, "tick\n");
  }
  return 0;
}
