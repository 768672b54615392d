/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits TELEMETRY : formatted, then printed */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic long hits;
int main(void) {
  char t[64];
  atomic_fetch_add(&hits, 1);
  snprintf(t, sizeof t, "%ld", atomic_load(&hits));
  puts(t);
  return 0;
}
