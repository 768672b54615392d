/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt TELEMETRY : what is printed on standard output counts as a report, and so does whether it is */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int cnt;
int main(void) {
  if (atomic_fetch_add(&cnt, 1) > 2)
    puts("hello");
  return 0;
}
