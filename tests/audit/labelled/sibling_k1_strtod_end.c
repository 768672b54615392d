/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT v CORRECTNESS : strtol's end pointer says how long the printed number is */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long v;
static char b[64];
int main(void) {
  char *end;
  snprintf(b, sizeof b, "%ld", atomic_load(&v));
  strtol(b, &end, 10);
  atomic_fetch_add(&v, 1);
  return end - b > 2 ? (abort(), 1) : 0;
}
