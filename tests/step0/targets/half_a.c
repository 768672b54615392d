/* SPDX-License-Identifier: GPL-3.0-or-later */
/* half_a.c: see half.h. What it has of half_poke() never runs. With AGAIN it is a unit of half_b.c's kind: the same
 * source, once more, and it is this one whose branch runs. */
#include "half.h"

#ifdef AGAIN
void half_other(int times)
#else
volatile int half_sum;
int main(int argc, char **argv)
#endif
{
#ifdef AGAIN
  int argc = times;
#else
  (void)argv;
  half_other(50);
#endif
  if (argc > 40) {
    half_poke(argc);
    half_sum ^= argc; /* LINE-OWN */
  }
#ifndef AGAIN
  return 0;
#endif
}
