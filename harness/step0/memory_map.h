/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory_map.h: what is mapped in a process, as /proc/PID/maps has it (proc_pid_maps(5)). */
#ifndef HARNESS_STEP0_MEMORY_MAP_H
#define HARNESS_STEP0_MEMORY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct memory_map { /* one line */
  uint64_t start, end, offset;
  ino_t inode;
  dev_t device;
  bool executable;
};
/* *count lines, to be freed. NULL and errno: there is no such process (any more), no memory. */
struct memory_map *memory_map_read(pid_t pid, size_t *count);
/* The numbers by which a mapping of the file is known there. Those of stat(2) are others where one file system lies
 * over another (overlayfs: every container's, and btrfs). False: it cannot be mapped. */
bool memory_map_identity(int fd, dev_t *device, ino_t *inode);

#endif
