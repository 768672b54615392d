/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gone.c: a function that the linker drops (--gc-sections), and one whose failure is split off (.cold). */
#include <stdlib.h>

volatile int gone_sum;
__attribute__((cold, noinline)) void gone_wrong(int n) { gone_sum -= n; }
__attribute__((noinline)) void gone_dead(int n) { gone_sum += n; /* LINE-GONE */ }
__attribute__((noinline)) int gone_walk(int n) {
  gone_sum += n;
  if (n > 6) {
    gone_wrong(n);
    gone_sum ^= 3;
    gone_wrong(n + 1);
  }
  return gone_sum;
}
int main(int argc, char **argv) {
  int top = argc > 1 ? atoi(argv[1]) : 0;
  for (int i = 0; i < top; i++) gone_walk(i);
  return 0;
}
