/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turns.c: inlined into loops that compilers unroll, and make vectors of: poke 8 times, mix 37, pick 23,
 * square 64. Static functions of one name stand in another file (twins); here one within another. */
#include <stdio.h>

volatile int sink;
static int word[64], from[64], to[64];

static inline __attribute__((always_inline)) void poke(int x) { sink += x; }
static inline __attribute__((always_inline)) int mix(int x) {
  int y = word[x & 63];
  y ^= x * 5;
  word[(x + 1) & 63] = y;
  return y;
}
static inline __attribute__((always_inline)) int pick(int x) {
  if (x & 1) {
    sink++;
    return 2;
  }
  return 1;
}
static inline __attribute__((always_inline)) int square(int x) { return x * x; /* LINE-SQUARE */ }

__attribute__((noinline)) static void pokes(void) {
  for (int i = 0; i < 8; i++) poke(i);
}
__attribute__((noinline)) static int mixes(int n) {
  int s = 0;
  for (int i = 0; i < n; i++) s += mix(i); /* LINE-MIX */
  return s;
}
__attribute__((noinline)) static int picks(int n) {
  int s = 0;
  for (int i = 0; i < n; i++) s += pick(i);
  return s;
}
__attribute__((noinline)) static void squares(void) {
  for (int i = 0; i < 64; i++) to[i] = square(from[i]);
}

int main(int argc, char **argv) {
  (void)argv;
  for (int i = 0; i < 64; i++) from[i] = i * argc;
  pokes();
  int s = mixes(36 + argc) + picks(22 + argc);
  squares();
  printf("s=%d %d\n", s, to[7]);
  return 0;
}
