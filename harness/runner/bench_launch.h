/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_launch.h: `hakmem-bench launch record=FD [preload=LIB] -- CMD…`: one command, timed.
 *
 * A process that execs keeps the peak RSS of what it was before (Linux folds the old address
 * space into ru_maxrss), so a program started by the harness itself would never show less than
 * the harness's own size. The runner is small: started through it, a program's peak is its own.
 * Wall time is taken here too, around fork and wait, far from the harness's other work. */
#ifndef HARNESS_RUNNER_BENCH_LAUNCH_H
#define HARNESS_RUNNER_BENCH_LAUNCH_H

#include <stdint.h>

#define BENCH_LAUNCH_MAGIC UINT64_C(0x3148434e414c4b48) /* "HKLANCH1" in memory */

struct bench_launch {
  uint64_t magic;
  uint64_t wall_ns, user_ns, system_ns; /* the process and all its descendants that were waited for */
  uint64_t peak_rss;                    /* bytes, of the largest one of them */
  uint64_t minor_faults, major_faults, voluntary_switches, involuntary_switches;
  int32_t status; /* as from waitpid */
  int32_t reserved;
};

/* argv[0] is the program's name. Returns an exit code. */
int bench_launch_main(int argc, char **argv);

#endif
