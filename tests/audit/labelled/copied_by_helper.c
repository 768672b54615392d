/* SPDX-License-Identifier: GPL-3.0-or-later */
// A helper of the program copies the whole object; the copy of one field decides.
// EXPECT counters.hits CORRECTNESS
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
struct counters { unsigned long other; _Atomic unsigned long hits; };
static struct counters g_counters;
static unsigned long copy[2];
static void copy_block(void *to, const void *from, size_t n) { memcpy(to, from, n); }
int main(void)
{
  atomic_fetch_add(&g_counters.hits, 1);
  copy_block(copy, &g_counters, sizeof g_counters);
  if (copy[1] > 9) abort();
  return 0;
}
