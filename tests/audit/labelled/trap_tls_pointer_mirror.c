/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT slot.n CORRECTNESS
 * A pointer in each thread to a record of a static array. */
#include <stdatomic.h>
#include <stdlib.h>
struct slot {
  _Atomic long n;
};
static struct slot slots[8];
static _Thread_local struct slot *mine;
int main(int argc, char **argv) {
  (void)argv;
  mine = &slots[argc & 7];
  atomic_fetch_add(&mine->n, 1);
  long sum = 0;
  for (int i = 0; i < 8; i++)
    sum += slots[i].n;
  if (sum > 100)
    abort();
  return 0;
}
