/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rungs.c: the ladder, and what a refusal means. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "harness/counters/counter_event.h"
#include "harness/step0/rung.h"

const struct rung *const rung_ladder[] = {
#define RUNG(file, name, needs, counts) &rung_##file,
#include "harness/step0/rungs.def"
#undef RUNG
  NULL,
};

enum { KERNEL_ENOTSUPP = 524 }; /* include/linux/errno.h; not for user space, but it comes */

const struct rung *rung_find(const char *name) {
  for (size_t i = 0; rung_ladder[i] != NULL; i++)
    if (strcmp(rung_ladder[i]->name, name) == 0) return rung_ladder[i];
  return NULL;
}

void rung_want_files(size_t count) {
  struct rlimit limit;
  enum { OTHERS = 64 };
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= count + OTHERS) return;
  limit.rlim_cur = count + OTHERS < limit.rlim_max ? count + OTHERS : limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int rung_refused(const struct rung *rung, int code, const char *what, struct error *err) {
  if (code == -KERNEL_ENOTSUPP) {
    error_raise(err, ERROR_REFUSED, code, "%s: %s: the kernel sets no uprobe on one of these instructions (errno 524)",
                rung->name, what);
    return error_advise(err, "name the line or function before it, or use --method ptrace-int3");
  }
  error_raise(err, ERROR_REFUSED, code, "%s: %s: %s", rung->name, what, strerror(-code));
  if (code == -EINVAL && rung->need == NEED_UPROBE_MULTI)
    return error_advise(err, "this kernel has no uprobe_multi: it is in Linux 6.6 and later");
  if (code == -ENOSYS) return error_advise(err, "this kernel is built without it");
  if (code == -ENOENT) return error_advise(err, "this kernel or CPU does not offer it");
  if (code != -EPERM && code != -EACCES) return code;
  if (rung->need == NEED_PTRACE)
    return error_advise(
        err, "kernel.yama.ptrace_scope or a security module forbids it; a set-uid program can be traced by root only");
  if (geteuid() == 0)
    return error_advise(err, "a capability is missing, or the kernel is locked down: run outside of the container");
  if (rung->need == NEED_PARANOID)
    return error_advise(err, "kernel.perf_event_paranoid is %d: sysctl kernel.perf_event_paranoid=2 permits it",
                        counter_paranoid_level());
  return error_advise(err, "run hakmem-harness with sudo (the workload itself runs as you)");
}
