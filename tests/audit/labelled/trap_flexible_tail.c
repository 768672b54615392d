/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT table.slot CORRECTNESS
 * A counter in a flexible array, read through a pointer to its type. */
#include <stdatomic.h>
#include <stdlib.h>
struct table {
  int n;
  _Atomic int slot[];
};
static struct table *t;
static int full(const _Atomic int *p) {
  return *p > 8;
}
int main(int argc, char **argv) {
  (void)argv;
  t = calloc(1, 64);
  atomic_fetch_add(&t->slot[argc], 1);
  return full(&t->slot[argc]);
}
