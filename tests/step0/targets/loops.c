/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loops.c: inlined functions that begin with a loop, that have an early way out, that are called
 * twice in one expression. Prints how often each was called. */
#include <stdio.h>
#include <stdlib.h>

volatile int kept;
#define INLINED static inline __attribute__((always_inline))
INLINED size_t length(const char *s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}
INLINED int total(const int *v, int n) {
  int t = 0;
  for (int i = 0; i < n; i++) t += v[i];
  return t;
}
INLINED int between(int x, int low, int high) {
  if (x < low) return low;
  if (x > high) return high;
  return x;
}
__attribute__((noinline)) size_t call_length(const char *s) {
  size_t n = length(s);
  return n ? n : 1;
}
__attribute__((noinline)) int call_total(const int *v, int n) { return total(v, n) * 3; }
__attribute__((noinline)) int call_between(int a, int b) { return between(a, 2, 8) + between(b, 1, 30); }

int main(int argc, char **argv) {
  static const char *const words[] = { "", "b", "other", "a word that is longer" };
  int v[16], s = 0;
  (void)argv;
  for (int i = 0; i < 16; i++) v[i] = i + argc;
  for (int i = 0; i < 120; i++) {
    s += (int)call_length(words[i % 4]);
    s += call_total(v, i % 16);
    s += call_between(i, 3 * i);
  }
  kept = s;
  printf("length=120 total=120 between=240\n");
  return 0;
}
