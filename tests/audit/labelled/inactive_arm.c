/* SPDX-License-Identifier: GPL-3.0-or-later */
// Write-only in this build, read under an #if that is off. EXPECT g_misses CORRECTNESS
#include <stdatomic.h>
static _Atomic unsigned long g_misses;
static int size = 4;
int grow_if_wanted(void)
{
  atomic_fetch_add_explicit(&g_misses, 1, memory_order_relaxed);
#ifdef ADAPTIVE
  if (atomic_load(&g_misses) > 100) size *= 2;
#endif
  return size;
}
int main(void) { return grow_if_wanted() == 0; }
