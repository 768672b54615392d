/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : a variable length array */
#include <stdatomic.h>
#include <string.h>
static _Atomic int n;
int main(void) {
  char b[atomic_fetch_add(&n, 1) + 1];
  memset(b, 0, sizeof b);
  return b[0];
}
