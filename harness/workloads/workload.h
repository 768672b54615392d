/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workload.h: what a workload is.
 *
 * A workload is one file harness/workloads/NAME.c with one const descriptor, named in
 * workloads.def. It allocates with the plain malloc family, so that the library under test
 * comes in by LD_PRELOAD or by linking. Everything it needs for itself is static or mmapped:
 * each block that it asks for is counted, to the digit. */
#ifndef HARNESS_WORKLOADS_WORKLOAD_H
#define HARNESS_WORKLOADS_WORKLOAD_H

#include <stdint.h>

struct workload_params {
  uint64_t slots, ops, seed;   /* ops: steps of each thread's loop */
  unsigned threads;
};

struct workload_counts {
  uint64_t ops, allocs, frees; /* done in the loop since the last reset, all threads */
  uint64_t tiny_frees;         /* frees of blocks that were asked for with 1024 bytes or less */
};

struct workload_thread;        /* a thread's state, defined by the workload, mmapped */

struct workload {
  const char *name, *summary;
  uint64_t default_slots, default_ops;
  unsigned min_threads;
  /* Bytes of state that each thread needs. */
  uint64_t (*state_size)(const struct workload_params *p);
  int (*init)(void *state, const struct workload_params *p, unsigned thread, void *const *all_states);
  /* Runs `ops` steps; adds to *counts. Called again for each round. */
  void (*run)(void *state, uint64_t ops, struct workload_counts *counts);
  /* Frees what is still live, adding to counts. */
  void (*finish)(void *state, struct workload_counts *counts);
};

extern const struct workload *const workload_list[]; /* ended by NULL */
const struct workload *workload_find(const char *name);

#endif
