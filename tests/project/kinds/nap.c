/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waits, which costs no CPU time, and prints a number that the gate changes. */
#include <stdio.h>
#include <time.h>
int main(void) {
  struct timespec t = { 0, 1000000 };
  int units = 50;
#ifdef NAP_LONGER
  t.tv_nsec += 20000000;
  units += 25;
#endif
  nanosleep(&t, NULL);
  printf("took %d units\n", units);
  return 0;
}
