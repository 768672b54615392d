/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_probe.c: see core_probe.h. */
#include "harness/runner/core_probe.h"

static double middle(const uint64_t x[CORE_PROBE_PARTS]) {
  uint64_t low = x[0] < x[1] ? x[0] : x[1], high = x[0] < x[1] ? x[1] : x[0];
  return (double)(x[2] < low ? low : x[2] > high ? high : x[2]);
}

double core_probe_quotient(const uint64_t width[CORE_PROBE_PARTS], const uint64_t chain[CORE_PROBE_PARTS]) {
  double ticks = middle(chain);
  return ticks > 0 ? middle(width) / ticks : 0;
}

#if defined(__x86_64__)
# include <x86intrin.h>

enum { TURNS = 400, CHAIN_TURNS = 200 };

static uint64_t width_ticks(void) {
  uint64_t start = __rdtsc();
  for (int i = 0; i < TURNS; i++)
    __asm__ volatile(
        "add $1,%%rax; add $1,%%rcx; add $1,%%rdx; add $1,%%rsi; add $1,%%rdi; add $1,%%r8; add $1,%%r9; add "
        "$1,%%r10\n\t"
        "add $1,%%rax; add $1,%%rcx; add $1,%%rdx; add $1,%%rsi; add $1,%%rdi; add $1,%%r8; add $1,%%r9; add $1,%%r10"
        :
        :
        : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "cc");
  return __rdtsc() - start;
}

static uint64_t chain_ticks(void) {
  uint64_t start = __rdtsc();
  for (int i = 0; i < CHAIN_TURNS; i++)
    __asm__ volatile("imul %%rax,%%rax; imul %%rax,%%rax; imul %%rax,%%rax; imul %%rax,%%rax" : : : "rax", "cc");
  return __rdtsc() - start;
}

double core_probe(void) {
  uint64_t width[CORE_PROBE_PARTS], chain[CORE_PROBE_PARTS];
  for (int i = 0; i < CORE_PROBE_PARTS; i++) {
    width[i] = width_ticks();
    chain[i] = chain_ticks();
  }
  return core_probe_quotient(width, chain);
}
#else
/* Machines of other architectures with more than one hardware thread to a core are rare, and
 * none was there to measure the loops on. */
double core_probe(void) { return 0; }
#endif
