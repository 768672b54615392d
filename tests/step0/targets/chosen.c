/* SPDX-License-Identifier: GPL-3.0-or-later */
/* chosen.c: a function whose implementation is chosen when the program starts (IFUNC). */
#include <stdio.h>

long ran_chosen;
static int plain_way(int x) {
  ran_chosen++;
  return x + 3;
}
static int other_way(int x) {
  ran_chosen++;
  return x + 4;
}
int which;
static int (*choose(void))(int) { return which ? other_way : plain_way; }
int chosen(int x) __attribute__((ifunc("choose")));
int main(void) {
  int s = 0;
  for (int i = 0; i < 700; i++) s += chosen(i);
  printf("chosen=%ld %d\n", ran_chosen, s);
  return 0;
}
