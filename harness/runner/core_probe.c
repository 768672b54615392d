/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_probe.c: see core_probe.h. */
#include "harness/runner/core_probe.h"

#if defined(__x86_64__)
# include <stdint.h>
# include <x86intrin.h>

enum { TURNS = 1000, CHAIN_TURNS = 500 };

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
  uint64_t width = width_ticks(), chain = chain_ticks();
  return chain ? (double)width / (double)chain : 0;
}
#else
/* Machines of other architectures with more than one hardware thread to a core are rare, and
 * none was there to measure the loops on. */
double core_probe(void) { return 0; }
#endif
