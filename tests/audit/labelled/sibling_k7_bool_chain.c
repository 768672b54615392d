/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : through a bool in a struct returned by value */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
static _Atomic int n;
struct r {
  bool full;
  int x;
};
static struct r ask(void) {
  return (struct r){atomic_load(&n) > 3, 1};
}
int main(int c, char **v) {
  atomic_fetch_add(&n, 1);
  if (ask().full)
    free(v);
  return 0;
}
