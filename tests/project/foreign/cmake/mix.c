/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For foreign.sh: the gate is an option of CMake. */
unsigned mix(unsigned x);
volatile unsigned long mixed;
static __attribute__((noinline)) void work(int n) {
  for (int i = 0; i < n; i++) __asm__ volatile("");
}
unsigned mix(unsigned x) {
#ifdef MIX_COUNT
  mixed++;
  work(4000);
#endif
  work(1);
  return x * 2654435761u ^ x >> 15;
}
