/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_guard.c: a run in a process of its own. Whatever ends the harness (a signal that it does not
 * catch, SIGKILL), this process hears of it and takes everything out of the target and the kernel before
 * it ends itself: breakpoints that stay would kill the target, and trace events and control groups stay
 * for ever. It is the parent and the tracer of what it starts, as Yama's ptrace_scope 1 wants. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/step0/verify_internal.h"
#include "harness/step0/verify_rescue.h"

/* What the guard leaves for its parent. */
struct handover {
  bool done, refused;
  pid_t target;
  int rc;
  struct verify_one one;
  struct error error;
  struct probe_point point[];
};

/* Ends nothing here: only SIGTERM does, which comes when the harness is gone or was interrupted. */
static void not_now(int signal) { (void)signal; }

static void take_no_notice(void) {
  static const int signals[] = { SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGVTALRM, SIGXCPU };
  struct sigaction nothing = { .sa_handler = not_now }, old;
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
    if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(signals[i], &nothing, NULL);
}

/* Who ends the harness by a part of its command line does not mean this process: it has to clean up. */
static void hide_arguments(void) {
  static const char name[] = "step0-guard";
  unsigned long start = 0, end = 0;
  char text[2048];
  int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
  if (fd >= 0) close(fd);
  text[n > 0 ? n : 0] = '\0';
  char *field = strrchr(text, ')'), *save = NULL;
  if (field == NULL) return;
  field = strtok_r(field + 1, " ", &save); /* the third; arg_start and arg_end are the 48th and 49th */
  for (int i = 3; field != NULL && i < 49; i++, field = strtok_r(NULL, " ", &save))
    if (i == 48) start = strtoul(field, NULL, 10);
  if (field != NULL) end = strtoul(field, NULL, 10);
  if (start == 0 || end - start < sizeof name || end < start) return;
  memset((void *)start, 0, end - start);
  memcpy((void *)start, name, sizeof name);
}

static void guard(const struct verify_request *req, const struct verify_result *res, struct verify_one *one,
                  pid_t harness, struct handover *out) {
  take_no_notice();
  prctl(PR_SET_NAME, "step0-guard");
  hide_arguments();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  /* what the target leaves running is reported, and is ours until then */
  if (req->pid == 0) prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (req->pid != 0) setsid(); /* a signal to the harness's whole group is none to us */
  if (getppid() != harness) _exit(1);
  one->target_pid = &out->target;
  out->rc = verify_one_run(req, res, one, &out->refused, &out->error);
  for (size_t i = 0; i < one->count; i++) out->point[i] = one->points[i];
  out->one = *one;
  out->done = true;
  fflush(NULL);
  _exit(0);
}

int verify_guarded_run(const struct verify_request *req, const struct verify_result *res, struct verify_one *one,
                       bool *refused, struct error *err) {
  size_t bytes = sizeof(struct handover) + one->count * sizeof(struct probe_point);
  int status = 0;
  bool told = false;
  *refused = false;
  struct handover *h = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (h == MAP_FAILED) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for a run");
  fflush(NULL);
  pid_t harness = getpid(), pid = fork();
  if (pid == 0) guard(req, res, one, harness, h);
  if (pid < 0) {
    int rc = -errno;
    munmap(h, bytes);
    return error_raise(err, ERROR_INTERNAL, rc, "no process could be started: %s", strerror(-rc));
  }
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    if (interrupt_pending() && !told) told = kill(pid, SIGTERM) == 0;
  int rc;
  if (!h->done) {
    char words[64];
    verify_rescue(one, pid, h->target);
    bool killed = WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM);
    rc = error_raise(err,
                     interrupt_pending() ? ERROR_INTERRUPTED
                     : killed            ? ERROR_UNMEASURED
                                         : ERROR_INTERNAL,
                     interrupt_pending() ? -EINTR : -EPIPE,
                     "the measuring process ended with %s; what it had set was taken back",
                     child_describe_status(status, words, sizeof words));
  } else {
    struct probe_point *points = one->points;
    const bool *is_site = one->is_site;
    memcpy(points, h->point, one->count * sizeof *points);
    *one = h->one;
    one->points = points;
    one->is_site = is_site;
    *refused = h->refused;
    rc = h->rc;
    if (rc != 0) *err = h->error;
  }
  munmap(h, bytes);
  return rc;
}
