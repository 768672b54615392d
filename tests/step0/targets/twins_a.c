/* SPDX-License-Identifier: GPL-3.0-or-later */
/* twins_a.c: with twins_b.c two functions of one name; here one that the compiler clones, and one
 * with two names. Prints how often each ran. */
#include <stdio.h>

volatile int mixed;
long ran_first, ran_second, ran_scale, ran_base;
void second_twins(int n);

static __attribute__((noinline)) void twin(int x) {
  mixed += x;
  ran_first++;
}
/* one caller gives a constant */
static __attribute__((noinline)) int scale(const int *v, int n) {
  int sum = 0;
  ran_scale++;
  for (int i = 0; i < n; i++) sum += v[i] * n;
  if (n == 6)
    for (int i = 0; i < 4; i++) sum ^= v[i] << i;
  mixed += sum;
  return sum;
}
__attribute__((noinline)) void base(void) {
  ran_base++;
  mixed++;
}
void base_too(void) __attribute__((alias("base")));

int main(int argc, char **argv) {
  int v[8] = { 3, 1, 4, 1, 5, 9, 2, 6 };
  (void)argv;
  for (int i = 0; i < 11; i++) twin(argc);
  second_twins(6);
  for (int i = 0; i < 5; i++) scale(v, 6);
  for (int i = 0; i < 4; i++) scale(v, argc);
  for (int i = 0; i < 3; i++) base();
  for (int i = 0; i < 7; i++) base_too();
  printf("first=%ld second=%ld scale=%ld base=%ld\n", ran_first, ran_second, ran_scale, ran_base);
  return 0;
}
