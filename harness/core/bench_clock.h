/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_clock.h: the two clocks of the runner, and how threads start a round together. */
#ifndef HARNESS_CORE_BENCH_CLOCK_H
#define HARNESS_CORE_BENCH_CLOCK_H

#include <sched.h>
#include <stdint.h>
#include <time.h>

static inline uint64_t bench_now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The constant-rate counter: rdtsc, or the generic timer of arm64. Fenced on both sides, so
 * that work neither leaks out of a region nor into it. */
static inline uint64_t bench_now_tsc(void) {
#if defined __x86_64__
  uint32_t low, high;
  __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
  return low | (uint64_t)high << 32;
#elif defined __aarch64__
  uint64_t v;
  __asm__ volatile("isb; mrs %0, cntvct_el0; isb" : "=r"(v) : : "memory");
  return v;
#else
  return bench_now_ns();
#endif
}

static inline void bench_relax(void) {
#if defined __x86_64__
  __asm__ volatile("pause");
#elif defined __aarch64__
  __asm__ volatile("yield");
#endif
}

/* Spins for about a microsecond, then gives the CPU away: threads may outnumber CPUs. */
static inline void bench_backoff(unsigned *spins) {
  if (++*spins < 64) bench_relax();
  else sched_yield();
}

/* A barrier for threads that must go on at once: pthread_barrier's wake-up takes 50 us. */
struct bench_barrier {
  uint32_t threads, arrived, generation;
};

static inline void bench_barrier_wait(struct bench_barrier *b) {
  if (b->threads <= 1) return;
  uint32_t generation = __atomic_load_n(&b->generation, __ATOMIC_RELAXED);
  /* acq_rel: what each thread did before is seen by all behind the barrier */
  if (__atomic_add_fetch(&b->arrived, 1, __ATOMIC_ACQ_REL) == b->threads) {
    __atomic_store_n(&b->arrived, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&b->generation, generation + 1, __ATOMIC_RELEASE);
  } else {
    unsigned spins = 0;
    while (__atomic_load_n(&b->generation, __ATOMIC_ACQUIRE) == generation) bench_backoff(&spins);
  }
}

#endif
