/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : indexes a table of functions */
#include <stdatomic.h>
static _Atomic int n;
static void f(void) {
}
static void g(void) {
  __builtin_trap();
}
static void (*const t[])(void) = {f, g};
int main(void) {
  t[atomic_fetch_add(&n, 1) & 1]();
  return 0;
}
