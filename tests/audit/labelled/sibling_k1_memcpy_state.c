/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT now.gen CORRECTNESS : a snapshot by memcpy is compared by memcmp later */
#include <stdatomic.h>
#include <string.h>
#include <stdlib.h>
static struct {
  _Atomic unsigned gen;
  int x;
} now;
static unsigned char before[8];
int main(void) {
  memcpy(before, &now, sizeof now);
  atomic_fetch_add(&now.gen, 1);
  if (memcmp(before, &now, sizeof now))
    abort();
  return 0;
}
