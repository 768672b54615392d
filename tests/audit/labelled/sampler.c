/* SPDX-License-Identifier: GPL-3.0-or-later */
// Every 64th takes another path. EXPECT g_tick CORRECTNESS
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic unsigned g_tick;
static void *last;
void *take(size_t n)
{
  if ((atomic_fetch_add(&g_tick, 1) & 63) == 0) { free(last); last = NULL; }
  return malloc(n);
}
int main(void) { free(take(3)); return 0; }
