/* SPDX-License-Identifier: GPL-3.0-or-later */
// Written atomically, read plainly, and the reader decides. EXPECT g_bytes CORRECTNESS
#include <stdlib.h>
static unsigned long g_bytes;
void *take(unsigned long n)
{
  __atomic_fetch_add(&g_bytes, n, __ATOMIC_RELAXED);
  return g_bytes > 1000000 ? NULL : malloc(n);
}
int main(void) { free(take(8)); return 0; }
