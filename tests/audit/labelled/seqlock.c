/* SPDX-License-Identifier: GPL-3.0-or-later */
// A seqlock: readers retry on its parity. EXPECT g_seq CORRECTNESS
#include <stdatomic.h>
static _Atomic unsigned g_seq;
static int a, b;
void set(int v) { atomic_fetch_add(&g_seq, 1); a = v; b = -v; atomic_fetch_add(&g_seq, 1); }
int sum(void)
{
  unsigned before;
  int s;
  do { before = atomic_load(&g_seq); s = a + b; } while ((before & 1) || atomic_load(&g_seq) != before);
  return s;
}
int main(void) { set(3); return sum(); }
