/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_us CORRECTNESS
 * Two floats by value are one vector in a register. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int g_us;
struct pair {
  float a, b;
};
static struct pair take(void) {
  return (struct pair){(float)g_us, 1};
}
int main(void) {
  atomic_fetch_add(&g_us, 1);
  if (take().a > 5)
    abort();
  return 0;
}
