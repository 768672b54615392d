/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT warned TELEMETRY : one warning only */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int warned;
void *get(void *p) {
  if (!p && !atomic_exchange(&warned, 1)) fprintf(stderr, "out of memory\n");
  return p;
}
int main(void) {
  static int x;
  return get(&x) == 0;
}
