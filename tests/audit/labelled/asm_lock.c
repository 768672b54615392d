/* SPDX-License-Identifier: GPL-3.0-or-later */
// ONLY x86_64
// A library of atomics in assembler: what it yields is followed, but never as far as TELEMETRY.
// EXPECT g_lock CORRECTNESS
// EXPECT g_flags CORRECTNESS
// EXPECT g_shown UNKNOWN
// EXPECT g_idle UNKNOWN
// ROW g_lock cas CORRECTNESS
// ROW g_lock xchg CORRECTNESS
// ROW g_shown add UNKNOWN
// ROW g_idle sub UNKNOWN
// ROW g_flags or CORRECTNESS
#include <stdio.h>
#include <stdlib.h>
static volatile int g_lock, g_shown, g_idle, g_flags;
#if defined __x86_64__
static inline int a_cas(volatile int *p, int t, int s)
{
  __asm__ __volatile__("lock ; cmpxchg %3, %1" : "=a"(t), "=m"(*p) : "a"(t), "r"(s) : "memory");
  return t;
}
static inline int a_swap(volatile int *p, int v)
{
  __asm__ __volatile__("xchg %0, %1" : "=r"(v), "=m"(*p) : "0"(v) : "memory");
  return v;
}
static inline int a_fetch_add(volatile int *p, int v)
{
  __asm__ __volatile__("lock ; xadd %0, %1" : "=r"(v), "=m"(*p) : "0"(v) : "memory");
  return v;
}
static inline void a_dec(volatile int *p) { __asm__ __volatile__("lock ; decl %0" : "=m"(*p) : "m"(*p) : "memory"); }
static inline void a_or(volatile int *p, int v) {
  __asm__ __volatile__("lock ; or %1, %0" : "=m"(*p) : "r"(v) : "memory");
}
#endif
int main(void)
{
  if (a_cas(&g_lock, 0, 1)) abort();
  a_swap(&g_lock, 0);
  printf("%d\n", a_fetch_add(&g_shown, 1));
  a_dec(&g_idle);
  a_or(&g_flags, 4);
  if (g_flags & 8) abort();
  return 0;
}
