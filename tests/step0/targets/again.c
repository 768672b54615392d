/* SPDX-License-Identifier: GPL-3.0-or-later */
/* again.c: a function whose loop begins at its first instruction: it is called 10 times, and passes there 50 times.
 * one_way() is called 10 times and has its loop behind its beginning. */
volatile int again_left, again_sum;

__attribute__((noinline)) void again_loop(void) {
  while (--again_left > 0) continue;
}
__attribute__((noinline)) void one_way(int n) {
  again_sum = n;
  for (int i = 0; i < n; i++) again_sum += i;
}
int main(void) {
  for (int i = 0; i < 10; i++) {
    again_left = 5;
    again_loop();
    one_way(i);
  }
  return 0;
}
