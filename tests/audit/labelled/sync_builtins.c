/* SPDX-License-Identifier: GPL-3.0-or-later */
// The older builtins. EXPECT g_old_hits TELEMETRY
// EXPECT g_old_lock CORRECTNESS
#include <stdio.h>
static int g_old_lock, shared;
static unsigned long g_old_hits;
int main(void)
{
  while (__sync_lock_test_and_set(&g_old_lock, 1)) { }
  shared++;
  __sync_lock_release(&g_old_lock);
  __sync_fetch_and_add(&g_old_hits, 1);
  printf("%lu\n", g_old_hits);
  return 0;
}
