/* SPDX-License-Identifier: GPL-3.0-or-later */
/* workload.h: what a workload is.
 *
 * A workload is one file harness/workloads/NAME.c with one const descriptor, named in
 * workloads.def. It allocates with the plain malloc family, so that the library under test
 * comes in by LD_PRELOAD or by linking. Everything it needs for itself is static or mmapped:
 * each block that it asks for is counted, to the digit. */
#ifndef HARNESS_WORKLOADS_WORKLOAD_H
#define HARNESS_WORKLOADS_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

struct workload_params {
  uint64_t slots, ops, seed; /* ops: steps of each thread's loop in one round */
  unsigned threads;
  const char *file;  /* the trace of `replay`, else NULL */
  uint32_t file_crc; /* of all its bytes, set by prepare() */
};

struct workload_counts {
  uint64_t ops, allocs, frees; /* done in the loop since the last reset, all threads */
  uint64_t tiny_frees;         /* frees of blocks that were asked for with 1024 bytes or less */
};

struct workload_thread; /* a thread's state, defined by the workload, mmapped */

struct workload {
  const char *name, *summary;
  uint64_t default_slots, default_ops;
  unsigned min_threads;
  unsigned default_threads; /* 0: min_threads */
  unsigned thread_multiple; /* threads come in groups of so many; 0 or 1: any number */
  bool needs_file;          /* params.file: its name is NAME:FILE */
  bool own_threads;         /* run() is called in one thread and makes params.threads itself */
  /* May refuse parameters or set those that follow from a file; 0 or negative errno, having said
   * on stderr why. May be NULL. */
  int (*prepare)(struct workload_params *p);
  /* Bytes of state that each thread needs; the memory is zeroed. */
  uint64_t (*state_size)(const struct workload_params *p);
  int (*init)(void *state, const struct workload_params *p, unsigned thread, void *const *all_states);
  /* Runs `ops` steps; adds to *counts. Called again for each round, in all threads at once. */
  void (*run)(void *state, uint64_t ops, struct workload_counts *counts);
  /* Frees what is still live, adding to counts. All threads have ended their last run(). */
  void (*finish)(void *state, struct workload_counts *counts);
  /* Bytes asked for and live now; NULL where the workload does not keep count. */
  uint64_t (*live_bytes)(const void *state);
};

extern const struct workload *const workload_list[]; /* ended by NULL */
/* Their names, ended by NULL. */
const char *const *workload_names(void);
/* By name, NAME:FILE where it needs one; - and _ are the same. NULL: unknown. */
const struct workload *workload_find(const char *name);
/* The file in the name of a workload that needs one; NULL: none, or another workload. */
const char *workload_file(const char *name);

#endif
