/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT width CORRECTNESS
 * The size of an array of variable length. */
#include <stdatomic.h>
#include <string.h>
static _Atomic int width;
int main(void) {
  char a[atomic_fetch_add(&width, 1) + 1];
  memset(a, 1, sizeof a);
  return a[0];
}
