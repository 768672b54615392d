/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shadow.c: a static function and an inlined one, for files whose symbols stand elsewhere. */
#include <stdio.h>

volatile long turns;
static __attribute__((noinline)) void unseen(int x) {
  turns += x;
  __asm__ volatile("");
}
static inline __attribute__((always_inline)) void melted(void) {
  turns++;
  __asm__ volatile("nop");
}
int main(int argc, char **argv) {
  (void)argv;
  for (int i = 0; i < 35; i++) unseen(argc);
  for (int i = 0; i < 14; i++) melted();
  printf("unseen=35 melted=14\n");
  return 0;
}
