/* SPDX-License-Identifier: MIT */
/* madvise_guard.c: see madvise_guard.h. */
#include "os/madvise_guard.h"

#include <errno.h>

#include "os/os_memory.h"

bool madvise_guard_release(void *start, size_t bytes) {
  int saved = errno;
  bool gone = ss_os_clear(start, bytes, true);
  errno = saved;
  return gone;
}
