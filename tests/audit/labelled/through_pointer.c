/* SPDX-License-Identifier: GPL-3.0-or-later */
// Its value comes back through an argument. EXPECT g_quota CORRECTNESS
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long g_quota;
static __attribute__((noinline)) void read_quota(long *out) { *out = atomic_load(&g_quota); }
int main(void)
{
  long q;
  atomic_fetch_add(&g_quota, 1);
  read_quota(&q);
  if (q > 100) exit(2);
  return 0;
}
