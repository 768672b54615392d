/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits TELEMETRY : printed and set back when asked */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic long hits;
int main(int argc, char **argv) {
  (void)argv;
  atomic_fetch_add(&hits, 1);
  if (argc > 1) printf("%ld\n", atomic_exchange(&hits, 0));
  return 0;
}
