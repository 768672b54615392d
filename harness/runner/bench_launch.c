/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_launch.c: see bench_launch.h. */
#include "harness/runner/bench_launch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/bench_clock.h"
#include "harness/runner/bench_io.h"

static uint64_t ns_of(const struct timeval *t) {
  return (uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_usec * 1000u;
}

int bench_launch_main(int argc, char **argv) {
  const char *preload = NULL;
  uint64_t record_fd = 0;
  int i = 2;
  for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
    if (strncmp(argv[i], "preload=", 8) == 0) {
      preload = argv[i] + 8;
    } else {
      const char *value = argv[i] + 7;
      if (strncmp(argv[i], "record=", 7) != 0 || !bench_parse(&value, false, &record_fd) || *value != '\0')
        return bench_say("wrong setting: ", argv[i]), 2;
    }
  }
  if (i + 1 >= argc || record_fd < 3) return bench_say("usage: ", "launch record=FD [preload=LIB] -- CMD…"), 2;
  uint64_t start = bench_now_ns();
  pid_t pid = fork();
  if (pid < 0) return bench_say("cannot fork", ""), 3;
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close((int)record_fd);
    /* after fork, in the process that is to be replaced: setenv may allocate */
    if (preload != NULL && setenv("LD_PRELOAD", preload, 1) != 0) _exit(127);
    execvp(argv[i + 1], argv + i + 1);
    bench_say("cannot run ", argv[i + 1]);
    _exit(127);
  }
  struct bench_launch r = { .magic = BENCH_LAUNCH_MAGIC };
  struct rusage u;
  int status;
  while (wait4(pid, &status, 0, &u) < 0)
    if (errno != EINTR) return bench_say("cannot wait", ""), 3;
  r.wall_ns = bench_now_ns() - start;
  getrusage(RUSAGE_CHILDREN, &u); /* includes the descendants that it waited for */
  r.user_ns = ns_of(&u.ru_utime);
  r.system_ns = ns_of(&u.ru_stime);
  r.peak_rss = (uint64_t)u.ru_maxrss * 1024;
  r.minor_faults = (uint64_t)u.ru_minflt;
  r.major_faults = (uint64_t)u.ru_majflt;
  r.voluntary_switches = (uint64_t)u.ru_nvcsw;
  r.involuntary_switches = (uint64_t)u.ru_nivcsw;
  r.status = status;
  bench_write((int)record_fd, &r, sizeof r);
  return 0;
}
