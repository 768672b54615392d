/* SPDX-License-Identifier: GPL-3.0-or-later */
// A pointer and an index in one word: what is read there is only printed, but it is dereferenced.
// The index is known first. EXPECT g_tagged CORRECTNESS
// A pointer that is chosen by it is always good, and what is read there is only printed.
// EXPECT g_unit TELEMETRY
// EXPECT g_way TELEMETRY
// What the chosen text says decides. EXPECT g_mode CORRECTNESS
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic uintptr_t g_tagged;
static _Atomic long g_unit, g_way, g_mode;
static long table[8];
int main(int argc, char **argv)
{
  (void)argv;
  atomic_store(&g_tagged, (uintptr_t)table + 3);
  uintptr_t v = atomic_load(&g_tagged);
  uintptr_t far = ((((v & ~(uintptr_t)7) + 64) * 2 - 128) / 2) + 8;
  printf("%ld\n", ((long *)(far - 8))[v & 7]);
  const char *suffix = atomic_fetch_add(&g_unit, 1) <= 0 ? " " : "B";
  if (suffix[0] != 'B')
    printf("%s\n", suffix);
  const char *way;
  if (atomic_fetch_add(&g_way, 1) > 3)
    way = "up";
  else
    way = "down";
  printf("%c\n", way[argc & 1]);
  const char *mode = atomic_fetch_add(&g_mode, 1) <= 0 ? "a" : "r";
  if (mode[0] == 'a')
    abort();
  return 0;
}
