/* SPDX-License-Identifier: GPL-3.0-or-later */
/* confined.c: see confined.h. */
#include "harness/core/confined.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/privilege.h"
#include "harness/core/progress.h"

static _Noreturn void confine(int (*work)(void *, struct error *), void *context, const struct confined_limits *l,
                              int answer) {
  struct error err = { 0 };
  struct confined_held for_good;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  privilege_forget();
  prctl(PR_SET_DUMPABLE, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  confined_hold(&for_good, l);
  setrlimit(RLIMIT_CPU, &(struct rlimit){ l->seconds, l->seconds + 2 }); /* SIGXCPU, then SIGKILL */
  setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) { /* a library that aborts says why; the user is told once */
    dup2(null, 1);
    dup2(null, 2);
  }
  int rc = work(context, &err);
  if (confined_is_short()) error_set_errno(&err, rc = -ENOMEM, "reading it");
  if (rc != 0 && err.code == 0) error_set_errno(&err, rc < 0 ? rc : -EIO, "cannot be read");
  if (write(answer, &err, sizeof err) != (ssize_t)sizeof err) _exit(1);
  _exit(0);
}

/* The child's answer, or -ETIMEDOUT, -EINTR, -EPIPE. */
static int wait_for(int answer, unsigned seconds, struct error *said) {
  double deadline = clock_monotonic_s() + 20.0 * seconds /* of a busy machine */;
  size_t done = 0;
  while (done < sizeof *said) {
    struct pollfd p = { .fd = answer, .events = POLLIN };
    if (interrupt_pending()) return -EINTR;
    if (clock_monotonic_s() > deadline) return -ETIMEDOUT;
    if (poll(&p, 1, 200) <= 0) continue;
    ssize_t n = read(answer, (char *)said + done, sizeof *said - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return -EPIPE;
    done += (size_t)n;
  }
  return 0;
}

int confined_try(const char *what, int (*work)(void *context, struct error *err), void *context,
                 const struct confined_limits *limits, struct error *err) {
  int ends[2], status = 0;
  struct error said = { 0 };
  if (pipe2(ends, O_CLOEXEC) != 0) return error_set_errno(err, -errno, "pipe");
  pid_t pid = fork();
  if (pid < 0) {
    int rc = error_set_errno(err, -errno, "fork");
    close(ends[0]);
    close(ends[1]);
    return rc;
  }
  if (pid == 0) confine(work, context, limits, ends[1]);
  close(ends[1]);
  int rc = wait_for(ends[0], limits->seconds, &said);
  close(ends[0]);
  if (rc != 0) kill(pid, rc == -EPIPE ? 0 : SIGKILL);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  said.text[sizeof said.text - 1] = said.advice[sizeof said.advice - 1] = '\0';
  if (rc == -EINTR) return error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted");
  if (rc == 0 && said.code == 0) return 0;
  if (rc == 0 && said.code != -ENOMEM) {
    if (err != NULL) *err = said;
    return said.code;
  }
  unsigned megabytes = (unsigned)(limits->memory >> 20);
  if (rc == -ETIMEDOUT || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
    return error_raise(err, ERROR_UNMEASURED, -ETIMEDOUT,
                       "%s: reading it took more than %u s: it is damaged, or made to", what, limits->seconds);
  if (rc == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
    return error_raise(err, ERROR_UNMEASURED, -ENOMEM, "%s: reading it took more than %u MB: it is damaged, or made to",
                       what, megabytes);
  const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
  return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s is damaged: its reader %s%s", what,
                     name != NULL ? "ended by SIG" : "failed", name != NULL ? name : "");
}
