/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT load CORRECTNESS : an atomic float's bits steer */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
static _Atomic unsigned load;
int main(int c, char **v) {
  unsigned x = atomic_fetch_add(&load, 1);
  float f;
  memcpy(&f, &x, 4);
  if (f > .5f)
    free(v);
  return 0;
}
