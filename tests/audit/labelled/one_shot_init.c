/* SPDX-License-Identifier: GPL-3.0-or-later */
// The same shape, and it guards initialisation. EXPECT g_seen CORRECTNESS
#include <stdatomic.h>
static atomic_int g_seen;
static int table[256];
static void set_up(void) { for (int i = 0; i < 256; i++) table[i] = i * 3; }
int lookup(int i)
{
  if (!atomic_exchange(&g_seen, 1)) set_up();
  return table[i & 255];
}
int main(void) { return lookup(4) == 0; }
