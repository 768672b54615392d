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

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A process that ran before we came: its tasks cannot be put into the map, so it is known by its
 * number within its own pid namespace (bpf_get_ns_current_pid_tgid, Linux 5.7). */
struct bpf_process {
  uint64_t device, inode; /* of the namespace */
  uint32_t pid;           /* in it */
};
int bpf_process_find(pid_t pid, struct bpf_process *process);

/* All return a file descriptor or a negative errno. */
int bpf_map_tasks(unsigned entries);
int bpf_map_counts(unsigned entries); /* u64 each, can be mapped */
/* Adds the running task to the map as one whose children are in scope, itself not. */
int bpf_program_seed(int tasks_fd);
/* process: all of whose threads are in scope as well, in the map or not; NULL: none. */
int bpf_program_fork(int tasks_fd, int counts_fd, unsigned overflow_index, const struct bpf_process *process);
int bpf_program_exit(int tasks_fd);
/* Adds 1 to counts[cookie] where the task is in scope. */
int bpf_program_hit(int tasks_fd, int counts_fd, const struct bpf_process *process);
/* 0 or negative errno. */
int bpf_run_once(int program_fd);
int bpf_attach_raw_tracepoint(int program_fd, const char *name);
int bpf_attach_uprobes(int program_fd, const char *path, const uint64_t *offsets, const uint64_t *semaphores,
                       const uint64_t *cookies, unsigned count);
/* Empties the map of one key: the task that ran bpf_program_seed. */
int bpf_program_unseed(int tasks_fd);

#endif
