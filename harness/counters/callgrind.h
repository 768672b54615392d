/* SPDX-License-Identifier: GPL-3.0-or-later */
/* callgrind.h: instructions for each operation, to the instruction, on any machine.
 *
 * Valgrind's callgrind runs the workload at n and at 2n operations; the slope has neither
 * start-up nor the ends in it. Simulated: it says how many instructions, not how fast. */
#ifndef HARNESS_COUNTERS_CALLGRIND_H
#define HARNESS_COUNTERS_CALLGRIND_H

#include "harness/counters/bench_run.h"

/* Calls of a trace that are simulated; more would take minutes. */
enum { CALLGRIND_TRACE_MAX = 2000000 };

struct callgrind_result {
  double insns_per_op;
  uint64_t ops[2], insns[2]; /* the two runs, operations as the workload counts them */
};

/* spec: workload, library, slots, seed, threads, file, env, user; ops is ignored. runner may be a
 * statically linked one. -ENOENT: no valgrind (or no runner); -ECHILD: it failed. */
int callgrind_measure(const struct bench_run_spec *spec, uint64_t ops, struct callgrind_result *result,
                      struct error *err);
/* Any command once: its total instructions. Its stdout goes to output_fd, -1: nowhere. */
int callgrind_count(char *const *argv, const char *library, char *const *env, const char *user, int output_fd,
                    double timeout_s, uint64_t *insns, struct error *err);
/* From the text of a callgrind output file; -EPROTO where it has no total. */
int callgrind_parse_total(const char *text, uint64_t *insns);

#endif
