/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parted.c: a function whose first test is inlined into its callers while the rest stays a part of
 * its own (gcc -Os). Prints how often it was called. */
#include <stdio.h>

long ran_walk;
volatile int mixed;

__attribute__((cold, noinline)) void complain(int x) { mixed += x; }
static int walk(const int *v, int n) {
  ran_walk++;
  if (__builtin_expect(v == 0, 1)) return 0;
  int sum = 0;
  for (int i = 0; i < n; i++) {
    sum += v[i] * 5;
    mixed += sum;
    if (sum > 200000) {
      complain(sum);
      complain(i);
      printf("large %d\n", sum);
    }
  }
  for (int i = 0; i < n; i++) {
    mixed ^= v[i];
    if (mixed == -9) complain(mixed);
  }
  return sum;
}
__attribute__((noinline)) int by_one(const int *v, int n) { return walk(v, n) + 1; }
__attribute__((noinline)) int by_two(const int *v, int n) { return walk(v, n) + 2; }
__attribute__((noinline)) int by_three(const int *v, int n) { return walk(v, n) * 2; }
int main(int argc, char **argv) {
  int v[4] = { 2, 7, 1, 8 };
  (void)argv;
  for (int i = 0; i < 7; i++) {
    by_one(i & 1 ? v : 0, 4);
    by_two(i % 3 ? v : 0, argc);
    by_three(0, 0);
  }
  printf("walk=%ld\n", ran_walk);
  return 0;
}
