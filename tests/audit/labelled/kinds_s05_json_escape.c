/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits TELEMETRY : given to a writer of JSON numbers of the program's own */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned long hits;
static void put_number(FILE *f, unsigned long v) {
  char t[24];
  int n = sizeof t;
  do t[--n] = (char)('0' + v % 10);
  while (v /= 10);
  fwrite(t + n, 1, sizeof t - n, f);
}
int main(void) {
  atomic_fetch_add(&hits, 1);
  put_number(stdout, atomic_load(&hits));
  return 0;
}
