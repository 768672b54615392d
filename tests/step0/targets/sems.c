/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sems.c: one note at three places, each with a semaphore of its own; the work behind a note is
 * done only while its semaphore is raised. With an argument it goes on for so many tenths of a
 * second, and says at the end what the semaphores are. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "mark.h"

MARK_SEMAPHORE(first_wanted);
MARK_SEMAPHORE(second_wanted);
MARK_SEMAPHORE(third_wanted);
static long ran[3];
#define PLACE(name, semaphore, index)               \
 __attribute__((noinline)) static void name(void) { \
  if (semaphore == 0) return;                       \
  ran[index]++;                                     \
  MARK_AT("nop", "sems", "place", #semaphore);      \
 }
PLACE(first, first_wanted, 0)
PLACE(second, second_wanted, 1)
PLACE(third, third_wanted, 2)

int main(int argc, char **argv) {
  int tenths = argc > 1 ? atoi(argv[1]) : 0;
  for (int i = 0; i < (tenths > 0 ? 0 : 90); i++) first();
  for (int i = 0; i < (tenths > 0 ? 0 : 30); i++) second();
  for (int i = 0; i < (tenths > 0 ? 0 : 5); i++) third();
  for (int i = 0; i < tenths; i++) {
    first();
    usleep(100000);
  }
  printf("first=%ld second=%ld third=%ld now=%d/%d/%d\n", ran[0], ran[1], ran[2], first_wanted, second_wanted,
         third_wanted);
  return 0;
}
