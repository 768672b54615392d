/* SPDX-License-Identifier: GPL-3.0-or-later */
/* memory_map.c: see memory_map.h. */
#include "harness/step0/memory_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct memory_map *memory_map_read(pid_t pid, size_t *count) {
  char path[64], line[4600];
  size_t room = 0;
  struct memory_map *map = NULL;
  snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
  FILE *f = fopen(path, "re");
  *count = 0;
  if (f == NULL) return NULL;
  while (fgets(line, sizeof line, f) != NULL) {
    unsigned long long start, end, from, inode;
    unsigned major_no, minor_no;
    char perms[8];
    if (sscanf(line, "%llx-%llx %7s %llx %x:%x %llu", &start, &end, perms, &from, &major_no, &minor_no, &inode) != 7)
      continue;
    if (*count == room) {
      room = room != 0 ? 2 * room : 64;
      struct memory_map *grown = reallocarray(map, room, sizeof *grown);
      if (grown == NULL) break;
      map = grown;
    }
    map[(*count)++] = (struct memory_map){ start, end, from, inode, makedev(major_no, minor_no), perms[2] == 'x' };
  }
  fclose(f);
  if (map == NULL) errno = ESRCH; /* it has ended */
  return map;
}

bool memory_map_identity(int fd, dev_t *device, ino_t *inode) {
  size_t count = 0;
  bool found = false;
  void *at = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0); /* never read: a file that shrinks raises SIGBUS */
  if (at == MAP_FAILED) return false;
  struct memory_map *map = memory_map_read(getpid(), &count);
  for (size_t i = 0; i < count && !found; i++) {
    if (map[i].start != (uintptr_t)at) continue;
    *device = map[i].device;
    *inode = map[i].inode;
    found = true;
  }
  free(map);
  munmap(at, 1);
  return found;
}
