/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT bytes TELEMETRY : human units chosen by size */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned long bytes;
int main(void) {
  atomic_fetch_add(&bytes, 4096);
  unsigned long v = atomic_load(&bytes);
  const char *u = "B";
  if (v > 1048576) {
    v /= 1048576;
    u = "MB";
  } else if (v > 1024) {
    v /= 1024;
    u = "KB";
  }
  printf("%lu %s\n", v, u);
  return 0;
}
