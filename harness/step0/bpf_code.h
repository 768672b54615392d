/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bpf_code.h: the three small BPF programs of the bpf-uprobe-multi rung, and the bpf(2) calls
 * that Debian 12's headers do not know yet (uprobe_multi is from Linux 6.6).
 *
 * Scope is kept in the kernel: a map holds the task_struct addresses of the target's threads and
 * descendants. A program on sched_process_fork adds the child of a task that is in the map (and
 * removes a stale address of any other), one on sched_process_exit removes it. No structure
 * offset is needed, so it runs on any kernel and in any pid namespace. */
#ifndef HARNESS_STEP0_BPF_CODE_H
#define HARNESS_STEP0_BPF_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* All return a file descriptor or a negative errno. */
int bpf_map_tasks(unsigned entries);
int bpf_map_counts(unsigned entries);            /* u64 each, can be mapped */
/* Adds the running task to the map as one whose children are in scope, itself not. */
int bpf_program_seed(int tasks_fd);
int bpf_program_fork(int tasks_fd, int counts_fd, unsigned overflow_index);
int bpf_program_exit(int tasks_fd);
/* Adds 1 to counts[cookie] where the task is in the map; filter false: always. */
int bpf_program_hit(int tasks_fd, int counts_fd, bool filter);
/* 0 or negative errno. */
int bpf_run_once(int program_fd);
int bpf_attach_raw_tracepoint(int program_fd, const char *name);
int bpf_attach_uprobes(int program_fd, const char *path, const uint64_t *offsets, const uint64_t *semaphores,
                       const uint64_t *cookies, unsigned count, pid_t pid);
/* Empties the map of one key: the task that ran bpf_program_seed. */
int bpf_program_unseed(int tasks_fd);

#endif
