/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run_delay.c: see run_delay.h. Needs libc alone and allocates nothing. */
#include "harness/runner/run_delay.h"

#include <fcntl.h>
#include <unistd.h>

#include "harness/runner/bench_io.h"
#include "harness/runner/round.h"

int run_delay_open(void) { return open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC); }

/* "time on a CPU, time waiting for one, time slices" */
uint64_t run_delay_read(int fd) {
  char text[96];
  const char *p = text;
  uint64_t ran, waited;
  ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof text - 1, 0);
  if (n <= 0) return ROUND_NOT_MEASURED;
  text[n] = '\0';
  if (!bench_parse(&p, false, &ran) || *p++ != ' ' || !bench_parse(&p, false, &waited)) return ROUND_NOT_MEASURED;
  return waited;
}
