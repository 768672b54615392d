/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quiet_zone.c: leaf functions that keep their data below the stack pointer, each with a
 * no-operation of another length in the middle. Prints how many results were wrong. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "mark.h"

enum { WORDS = 12 };

#define LEAF(name, bytes)                                         \
 __attribute__((noinline)) static uint64_t name(uint64_t seed) {  \
  volatile uint64_t kept[WORDS];                                  \
  for (unsigned i = 0; i < WORDS; i++) kept[i] = seed ^ (i * 7u); \
  MARK_AT(".byte " bytes, "quiet", #name, "0");                   \
  uint64_t sum = 1;                                               \
  for (unsigned i = 0; i < WORDS; i++) sum = sum * 33 + kept[i];  \
  return sum;                                                     \
 }
LEAF(one, "0x90")
LEAF(three, "0x0f, 0x1f, 0x00")
LEAF(five, "0x0f, 0x1f, 0x44, 0x00, 0x00")
LEAF(five_prefixed, "0x66, 0x66, 0x66, 0x66, 0x90")
LEAF(nine, "0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0")
LEAF(ten, "0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0")
#ifdef LOOPED /* the no-operation stands between two places that are jumped to */
__attribute__((noinline)) static uint64_t looped(uint64_t seed) {
  volatile uint64_t kept[2] = { seed, seed ^ 5 };
  uint64_t n = 3;
  __asm__ volatile("jmp 2f\n1: .byte 0x0f, 0x1f, 0x44, 0, 0\n2: dec %0\n jnz 1b" : "+r"(n)::"cc");
  return kept[0] * 33 + kept[1];
}
#endif

static uint64_t expected(uint64_t seed) {
  uint64_t sum = 1;
  for (unsigned i = 0; i < WORDS; i++) sum = sum * 33 + (seed ^ (i * 7u));
  return sum;
}

int main(int argc, char **argv) {
  uint64_t (*const leaf[])(uint64_t) = { one, three, five, five_prefixed, nine, ten };
  long turns = argc > 1 ? atol(argv[1]) : 1000, wrong = 0;
  for (long k = 0; k < turns; k++)
    for (unsigned i = 0; i < sizeof leaf / sizeof *leaf; i++) wrong += leaf[i]((uint64_t)k) != expected((uint64_t)k);
#ifdef LOOPED
  for (long k = 0; k < turns; k++) wrong += looped((uint64_t)k) != (uint64_t)k * 33 + ((uint64_t)k ^ 5);
#endif
  printf("turns=%ld wrong=%ld\n", turns, wrong);
  return wrong != 0;
}
