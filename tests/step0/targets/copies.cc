/* SPDX-License-Identifier: GPL-3.0-or-later */
/* copies.cc: a function that is inlined into a loop, twice; as C and as C++. Prints its calls. */
#include <stdio.h>

volatile int sum;
long ran_poke;
void poke(int x) {
  ran_poke++;
  sum = sum + x;
  if (x == 91) sum = sum ^ 3;
}
__attribute__((noinline)) void pokes(int n) {
  for (int i = 0; i < n; i++) {
    poke(i);
    if (i & 1) poke(4);
  }
}
int main() {
  for (int i = 0; i < 90; i++) pokes(i % 6);
  printf("poke=%ld\n", ran_poke);
  return 0;
}
