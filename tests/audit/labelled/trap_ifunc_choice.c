/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT asked CORRECTNESS
 * ONLY x86_64
 * What the resolver reads chooses the function. */
#include <stdatomic.h>
#include <stddef.h>
static _Atomic int asked;
static int one(void) {
  return 1;
}
static int two(void) {
  return 2;
}
static int (*resolve(void))(void) {
  return atomic_fetch_add(&asked, 1) ? two : one;
}
int pick(void) __attribute__((ifunc("resolve")));
int main(void) {
  return pick();
}
