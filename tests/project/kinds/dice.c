/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A library for LD_PRELOAD: rand() of its own, which the gate checks. */
#include <stdlib.h>
#ifdef DICE_CHECKS
static volatile unsigned long checked;
#endif
int rand(void) {
  static unsigned state = 1;
#ifdef DICE_CHECKS
  checked++;
#endif
  state = state * 1664525u + 1013904223u;
  return (int)(state >> 8);
}
