/* SPDX-License-Identifier: GPL-3.0-or-later */
/* branches.c: lines with several rows in the line table: returns that are joined, two branches on
 * one line, a loop entered at its end. */
#include <stdio.h>
#include <stdlib.h>

volatile int shown;

/* what stands on which line is what is tested */
/* clang-format off */
__attribute__((noinline)) int joined(int yes, int value) {
  int taken = 0;
  if (yes)
    taken = 1;
  if (taken)
    shown += value;
  return taken; /* LINE-JOINED */
}
__attribute__((noinline)) int forked(int yes, int n) {
  int r = n;
  if (yes) { shown = 4; r += 1; } else { shown = 6; r += 9; } /* LINE-FORKED */
  return r;
}
__attribute__((noinline)) int counted(int n) {
  while (n-- > 0) /* LINE-HEAD */
    shown++; /* LINE-BODY */
  return n;
}
__attribute__((noinline)) void never(int n) {
  if (n > 1000000)
    shown = n * 3; /* LINE-NEVER */
}
/* clang-format on */
int main(int argc, char **argv) {
  int given = argc > 1 ? atoi(argv[1]) : 1;
  int r = joined(given, 2) + forked(given, 3) + counted(given * 4);
  never(r);
  printf("%d %d\n", given, r);
  return 0;
}
