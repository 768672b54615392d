/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : printf's result goes to exit */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic long hits;
int main(void) {
  int n = printf("%*s", (int)atomic_fetch_add(&hits, 1), "x");
  return n > 5;
}
