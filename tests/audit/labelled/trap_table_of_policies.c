/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT picks CORRECTNESS
 * The counter chooses the function of a table. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic unsigned picks;
static void *small(size_t n) {
  return malloc(n);
}
static void *big(size_t n) {
  return calloc(1, n * 4);
}
static void *(*const policy[])(size_t) = {small, big};
int main(void) {
  void *p = policy[atomic_fetch_add(&picks, 1) & 1](16);
  return p == NULL;
}
