/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : in the environment of a child */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long n;
static char b[32];
int main(void) {
  snprintf(b, sizeof b, "SLOT=%ld", atomic_fetch_add(&n, 1));
  putenv(b);
  return system("child");
}
