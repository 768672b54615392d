/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * The same through a pointer to the function. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long g_n;
struct pair {
  long a, b;
};
static struct pair take(void) {
  return (struct pair){0, g_n};
}
static struct pair (*how)(void) = take;
int main(void) {
  atomic_fetch_add(&g_n, 1);
  struct pair p = how();
  if (p.b > 5)
    abort();
  return 0;
}
