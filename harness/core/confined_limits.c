/* SPDX-License-Identifier: GPL-3.0-or-later */
/* confined_limits.c: how much, and the limit on memory of a process that reads foreign formats; see confined.h. */
#include "harness/core/confined.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { LIMIT_MEMORY = 0 }; /* their shadow alone is larger than any limit */
#else
enum { LIMIT_MEMORY = 1 };
#endif

struct confined_limits confined_limits_for(uint64_t file_size) {
  const uint64_t mega = 1 << 20;
  uint64_t most = UINT64_C(1) << 40;
  struct confined_limits l = { 512 * mega + 4 * (file_size < most ? file_size : most), 0 };
  l.seconds = 10 + (unsigned)(file_size / (4 * mega) < 3600 ? file_size / (4 * mega) : 3600);
  return l;
}

static uint64_t memory_now(void) {
  unsigned long long pages = 0;
  FILE *f = fopen("/proc/self/statm", "re");
  if (f == NULL) return 0;
  if (fscanf(f, "%llu", &pages) != 1) pages = 0;
  fclose(f);
  return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Whether a request for memory was refused, as far as can be seen: a library that gets none may leave out what it
 * could not read and go on. */
static bool came_near(uint64_t limit) {
  char line[128];
  unsigned long long peak_kb = 0;
  FILE *f = LIMIT_MEMORY ? fopen("/proc/self/status", "re") : NULL;
  while (f != NULL && fgets(line, sizeof line, f) != NULL)
    if (sscanf(line, "VmPeak: %llu kB", &peak_kb) == 1) break;
  if (f != NULL) fclose(f);
  return peak_kb * 1024 > limit - limit / 16;
}

bool confined_is_short(void) {
  struct rlimit now;
  return getrlimit(RLIMIT_AS, &now) == 0 && now.rlim_cur != RLIM_INFINITY && came_near(now.rlim_cur);
}

void confined_hold(struct confined_held *held, const struct confined_limits *limits) {
  struct rlimit now;
  uint64_t memory = memory_now();
  held->held = LIMIT_MEMORY && memory != 0 && getrlimit(RLIMIT_AS, &now) == 0;
  if (!held->held) return;
  held->before = now.rlim_cur;
  memory += limits->memory;
  if (memory < now.rlim_cur) now.rlim_cur = memory;
  held->held = setrlimit(RLIMIT_AS, &now) == 0;
}

void confined_release(struct confined_held *held) {
  struct rlimit now;
  if (!held->held || getrlimit(RLIMIT_AS, &now) != 0) return;
  now.rlim_cur = held->before;
  setrlimit(RLIMIT_AS, &now);
  held->held = false;
}
