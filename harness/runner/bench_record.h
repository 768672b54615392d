/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_record.h: what the runner hakmem-bench reports of a run, as one binary record.
 *
 * With record=FD the runner writes to FD, in one go after its last round:
 *
 *     struct bench_record             once
 *     struct round (round.h)          record.rounds times, in the order of time
 *
 * Both sides are built from this header on one machine, so the bytes are those of the structs;
 * the reader checks magic and the two sizes. Nothing is written where the run fails: the reader
 * then has fewer bytes than it wants, and the exit status (see below) and stderr say why.
 *
 * A process does `warmup` untimed rounds and `rounds` timed ones; a round is `ops` steps in each
 * of `threads` threads. What is still live is freed after the last round and is in the total
 * counts, not in the timed ones.
 *
 * hakmem-bench WORKLOAD [slots=N] [ops=N] [seed=N] [threads=N] [rounds=N] [warmup=N]
 *              [cpus=N,N…] [event=TYPE:CONFIG[:CONFIG1[:CONFIG2]]]… [file=TRACE]
 *              [library=IDENTITY] [record=FD] [fd=FD]
 * hakmem-bench WORKLOAD [library=IDENTITY] job=FD:RECORD
 *
 * fd=FD (default 1, left out when record= is given alone) is for people and Step 0: one line
 * "ops=N allocs=N frees=N tiny_frees=N" with the total counts. library= (library_proof.h) is whose
 * malloc is to be measured: where another one serves, nothing is. The second form is a process of an
 * A/B campaign (protocol.h). Exit: 0 done, 2 usage, 3 a resource is missing (threads, memory, trace,
 * the library), 4 the report could not be written. */
#ifndef HARNESS_RUNNER_BENCH_RECORD_H
#define HARNESS_RUNNER_BENCH_RECORD_H

#include <stdint.h>

#include "harness/runner/round.h"

enum { BENCH_EVENTS_MAX = ROUND_EVENTS_MAX };
#define BENCH_RECORD_MAGIC UINT64_C(0x3343455242414b48) /* "HKABREC3" in memory */
#define BENCH_NOT_MEASURED ROUND_NOT_MEASURED

struct bench_counts {
  uint64_t ops, allocs, frees, tiny_frees; /* as struct workload_counts */
};

struct bench_record {
  uint64_t magic;
  uint32_t record_bytes, round_bytes; /* sizeof of the two structs */
  uint32_t rounds, warmup, threads, events;
  uint64_t ops_per_round;    /* of one thread, in one round */
  struct bench_counts timed; /* in the timed rounds, all threads */
  struct bench_counts total; /* in the whole process: what Step 0's hits are compared with */
  /* of the process, from the first timed round to the end of the last */
  uint64_t minor_faults, major_faults, voluntary_switches, involuntary_switches;
  uint64_t user_ns, system_ns;
  uint64_t migrations; /* rounds that a thread ended on another CPU than it began on */
  /* of the process, in bytes; BENCH_NOT_MEASURED where /proc cannot be read */
  uint64_t peak_rss;                     /* VmHWM at the end (ru_maxrss would hold the parent's) */
  uint64_t start_rss;                    /* before the first round, states mapped and touched */
  uint64_t live_rss, end_rss;            /* after the last round; after all was freed */
  uint64_t requested_bytes;              /* live at the end of the last round, 0 where the workload
                                            does not keep count */
  uint64_t clock_overhead_ns;            /* of an empty round: least of several */
  int32_t event_errno[BENCH_EVENTS_MAX]; /* 0: counts; else why perf_event_open refused it */
  uint32_t event_rdpmc;                  /* 1: read in user space, 0: by read() */
  uint32_t patched; /* code_proof.h: before the first round or after the last, code was not its file's */
  uint64_t event_overhead[BENCH_EVENTS_MAX]; /* counted by an empty round: least of several; not
                                          subtracted here */
};

#endif
