/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits TELEMETRY : a ratio, with a test against division by zero */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic long hits, all;
int main(void) {
  atomic_fetch_add(&hits, 1);
  atomic_fetch_add(&all, 1);
  long a = atomic_load(&all);
  printf("%.1f%%\n", a ? 100.0 * atomic_load(&hits) / a : 0.0);
  return 0;
}
