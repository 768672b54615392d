/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rounds.c: see rounds.h. Threads meet at a spinning barrier around each round: waking a sleeping
 * thread takes longer on a virtual machine than the round's noise. */
#include "harness/runner/rounds.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
# include <cpuid.h>
# include <x86intrin.h>
#endif

#include "harness/runner/core_probe.h"
#include "harness/runner/pmu.h"

static const struct ab_job *job;
static const struct workload *workload;
static const struct image *image;
static void *states[AB_THREADS_MAX];
static struct workload_counts counts[AB_THREADS_MAX];
static struct workload_params params;

/* Barrier: arrivals count up for ever; a thread passes when all of its generation are there. */
static _Atomic uint32_t arrived;

static void barrier(uint32_t *generation) {
  if (params.threads == 1) return;
  *generation += params.threads;
  /* acq_rel: what a thread did in its round is seen by the one that reads the clock */
  if (atomic_fetch_add_explicit(&arrived, 1, memory_order_acq_rel) + 1 == *generation) return;
  for (uint32_t spins = 0; (int32_t)(atomic_load_explicit(&arrived, memory_order_acquire) - *generation) < 0; spins++) {
#if defined(__x86_64__)
    _mm_pause();
#endif
    if (spins > 100000) /* more threads than CPUs */
      sched_yield();
  }
}

static uint64_t clock_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t tsc_read(void) {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  uint64_t v;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(v));
  return v;
#else
  return 0;
#endif
}

/* Nothing fetched before the change may run after it. */
static void serialise(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  __cpuid(0, a, b, c, d);
#elif defined(__aarch64__)
  __asm__ volatile("dsb ish\n\tisb" ::: "memory");
#endif
}

static void toggle(bool off) {
  for (uint32_t i = 0; i < job->toggles; i++) {
    const struct ab_toggle *t = &job->toggle[i];
    unsigned char *at = image->base + t->vaddr;
    memcpy(at, off ? t->off : t->original, t->length);
    __builtin___clear_cache((char *)at, (char *)at + t->length);
  }
  serialise();
}

static void work(unsigned thread, uint64_t ops) { workload->run(states[thread], ops, &counts[thread]); }

static bool pin(int cpu) {
  if (cpu < 0) return true;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((size_t)cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

static void *helper_main(void *arg) {
  unsigned thread = (unsigned)(uintptr_t)arg;
  uint32_t generation = 0;
  if (image) image_thread_start(image);
  pin(job->cpu[thread]);
  for (uint32_t i = 0; i < job->warm_rounds + job->rounds; i++) {
    barrier(&generation);
    work(thread, i < job->warm_rounds ? job->warm_ops : job->round_ops);
    barrier(&generation);
  }
  return NULL;
}

static struct workload_counts total(void) {
  struct workload_counts all = { 0 };
  for (unsigned t = 0; t < params.threads; t++) {
    all.ops += counts[t].ops;
    all.allocs += counts[t].allocs;
    all.frees += counts[t].frees;
    all.tiny_frees += counts[t].tiny_frees;
  }
  return all;
}

static void measure(struct ab_round *r, const struct pmu_group *pmu, uint32_t *generation) {
  struct rusage u0, u1;
  struct pmu_value p0 = { 0 }, p1 = { 0 };
  struct workload_counts c0 = total(), c1;
  unsigned cpu0 = (unsigned)sched_getcpu(), cpu1;
  getrusage(RUSAGE_SELF, &u0);
  bool counted = pmu->fd >= 0 && pmu_read(pmu, &p0) == 0;
  barrier(generation);
  uint64_t tsc0 = tsc_read(), ns0 = clock_ns();
  work(0, job->round_ops);
  barrier(generation);
  uint64_t ns1 = clock_ns(), tsc1 = tsc_read();
  counted = counted && pmu_read(pmu, &p1) == 0;
  getrusage(RUSAGE_SELF, &u1);
  cpu1 = (unsigned)sched_getcpu();
  c1 = total();
  r->wall_ns = ns1 - ns0;
  r->tsc = tsc1 - tsc0;
  r->ops = c1.ops - c0.ops;
  r->allocs = c1.allocs - c0.allocs;
  r->frees = c1.frees - c0.frees;
  r->tiny_frees = c1.tiny_frees - c0.tiny_frees;
  for (unsigned i = 0; counted && i < pmu->count; i++) r->pmu[i] = p1.value[i] - p0.value[i];
  r->enabled_ns = p1.enabled_ns - p0.enabled_ns;
  r->running_ns = p1.running_ns - p0.running_ns;
  r->minor_faults = (uint32_t)(u1.ru_minflt - u0.ru_minflt);
  r->major_faults = (uint32_t)(u1.ru_majflt - u0.ru_majflt);
  r->voluntary_switches = (uint32_t)(u1.ru_nvcsw - u0.ru_nvcsw);
  r->involuntary_switches = (uint32_t)(u1.ru_nivcsw - u0.ru_nivcsw);
  r->cpu = cpu1;
  r->migrated = cpu0 != cpu1;
}

const char *rounds_run(const struct ab_job *j, const struct workload *w, const struct image *im,
                       struct ab_record *record) {
  job = j;
  workload = w;
  image = im;
  params = (struct workload_params){
    .slots = j->slots ? j->slots : w->default_slots, .ops = j->round_ops, .seed = j->seed, .threads = j->threads
  };
  if (j->threads < 1 || j->threads > AB_THREADS_MAX || j->rounds > AB_ROUNDS_MAX || j->toggles > AB_TOGGLES_MAX)
    return "a job out of bounds";
  if (j->threads < w->min_threads) return "the workload needs more threads (--threads)";
  if (j->toggles && (j->threads != 1 || im == NULL)) return "the live toggle needs one thread";
  /* The state's pages are written by init or by the first steps: populated, for the faults' cost. */
  uint64_t bytes = w->state_size(&params);
  for (unsigned t = 0; t < params.threads; t++) {
    states[t] = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | (bytes < (1u << 20) ? MAP_POPULATE : 0), -1, 0);
    if (states[t] == MAP_FAILED) return "no memory for the workload's state";
  }
  if (!pin(j->cpu[0])) return "cannot pin to the CPU";
  for (unsigned t = 0; t < params.threads; t++)
    if (w->init(states[t], &params, t, states) != 0) return "the workload's init failed";
  pthread_t helper[AB_THREADS_MAX];
  for (unsigned t = 1; t < params.threads; t++)
    if (pthread_create(&helper[t], NULL, helper_main, (void *)(uintptr_t)t) != 0) return "cannot start a thread";
  uint32_t generation = 0;
  for (uint32_t i = 0; i < j->warm_rounds; i++) {
    barrier(&generation);
    work(0, j->warm_ops);
    barrier(&generation);
  }
  struct pmu_group pmu;
  pmu_open(&pmu);
  record->pmu_count = pmu.count;
  record->pmu_errno = pmu.error;
  record->ready_ns = clock_ns();
  /* with threads of our own at work the probe would see them */
  double width = params.threads == 1 ? core_probe() : 0;
  for (uint32_t i = 0; i < j->rounds; i++) {
    struct ab_round *r = &record->round[i];
    /* Rounds go in couples, on-off or off-on by the couple's bit of the seed. */
    bool off = j->toggles && (((i & 1) ^ (j->address_seed >> (i / 2 % 63))) & 1);
    if (j->toggles) toggle(off);
    measure(r, &pmu, &generation);
    double before = width;
    width = params.threads == 1 ? core_probe() : 0;
    r->width = before > width ? before : width;
    r->toggled = off;
    /* release: the round is whole before it counts as done */
    __atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
    __atomic_store_n(&record->rounds_done, i + 1, __ATOMIC_RELEASE);
  }
  record->ended_ns = clock_ns();
  for (unsigned t = 1; t < params.threads; t++) pthread_join(helper[t], NULL);
  return NULL;
}
