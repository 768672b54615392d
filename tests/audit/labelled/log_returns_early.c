/* SPDX-License-Identifier: GPL-3.0-or-later */
// Looks like a rate limiter, and skips the work too. EXPECT g_limit_logs CORRECTNESS
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned g_limit_logs;
static int state;
int step(void)
{
  if (atomic_fetch_add(&g_limit_logs, 1) < 4) { fputs("first steps\n", stderr); return 0; }
  state++;
  return 1;
}
int main(void) { return step() == 5; }
