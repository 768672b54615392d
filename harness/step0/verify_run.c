/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_run.c: one run of the target with everything armed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/locate.h"
#include "harness/core/progress.h"
#include "harness/runner/library_proof.h"
#include "harness/step0/journal.h"
#include "harness/step0/verify_internal.h"

static int workload_args(const struct verify_request *req, const struct verify_result *res, uint64_t ops,
                         struct target_args *a, struct error *err) {
  char identity[LIBRARY_IDENTITY_BYTES];
  int n = 0;
  int rc = 0;
  if (req->bench != NULL) snprintf(a->text[n], PATH_MAX, "%s", req->bench);
  else rc = locate(LOCATE_BENCH, a->text[n], PATH_MAX, err);
  if (rc != 0) return rc;
  n++;
  if (pipe2(a->report, O_CLOEXEC) != 0) return error_set_errno(err, -errno, "pipe");
  a->keep[0] = a->report[1];
  a->keep[1] = -1;
  snprintf(a->text[n++], PATH_MAX, "%s", req->workload);
  snprintf(a->text[n++], PATH_MAX, "ops=%llu", (unsigned long long)ops);
  snprintf(a->text[n++], PATH_MAX, "fd=%d", a->report[1]);
  if (req->slots != 0) snprintf(a->text[n++], PATH_MAX, "slots=%llu", (unsigned long long)req->slots);
  if (req->seed != 0) snprintf(a->text[n++], PATH_MAX, "seed=%llu", (unsigned long long)req->seed);
  if (req->threads != NULL && strcmp(req->threads, "1") != 0) {
    long all = sysconf(_SC_NPROCESSORS_ONLN);
    if (strcmp(req->threads, "all") == 0) snprintf(a->text[n++], PATH_MAX, "threads=%ld", all);
    else snprintf(a->text[n++], PATH_MAX, "threads=%.20s", req->threads);
  }
  /* a library that the loader did not take would be a firm zero at every site */
  if (req->binary == NULL && library_identity(res->object[0].path, identity) == 0)
    snprintf(a->text[n++], PATH_MAX, "library=%s", identity);
  for (int i = 0; i < n; i++) a->argv[i] = a->text[i];
  a->argv[n] = NULL;
  return 0;
}

/* The runner's line: "ops=N allocs=N frees=N tiny_frees=N". */
static void read_counts(int fd, struct verify_one *one) {
  char line[256];
  size_t n = 0;
  ssize_t k;
  while (n < sizeof line - 1 && ((k = read(fd, line + n, sizeof line - 1 - n)) > 0 || (k < 0 && errno == EINTR)))
    if (k > 0) n += (size_t)k;
  line[n] = '\0';
  unsigned long long ops, allocs, frees, tiny;
  if (sscanf(line, "ops=%llu allocs=%llu frees=%llu tiny_frees=%llu", &ops, &allocs, &frees, &tiny) != 4) return;
  one->counts_known = true;
  one->run_ops = ops;
  one->allocs = allocs;
  one->frees = frees;
  one->tiny_frees = tiny;
}

struct watch {
  double deadline;
  uint64_t wanted; /* hits that are enough, 0: none are */
  const struct verify_one *one;
  void *state; /* of a rung that follows: its counts are read here */
};

static uint64_t site_hits(const struct verify_one *one) {
  uint64_t sum = 0;
  for (size_t i = 0; i < one->count; i++)
    if (one->is_site == NULL || one->is_site[i]) sum += one->points[i].hits;
  return sum;
}

static bool enough(void *context) {
  const struct watch *w = context;
  struct error ignored;
  if (w->deadline > 0 && clock_monotonic_s() > w->deadline) return true;
  if (w->wanted == 0) return false;
  if (w->state != NULL) w->one->rung->read(w->state, &ignored);
  return site_hits(w->one) >= w->wanted;
}

static bool has_ended(pid_t pid) {
  siginfo_t si = { 0 };
  return waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid == pid;
}

/* What the target left behind becomes a child of this process (PR_SET_CHILD_SUBREAPER); those that have
 * ended are reaped. True: some go on. */
static bool reap_strays(pid_t target) {
  for (;;) {
    siginfo_t si = { 0 };
    if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) != 0) return false;
    if (si.si_pid == 0) return true;
    if (si.si_pid == target) return true;
    waitpid(si.si_pid, NULL, WNOHANG);
  }
}

static int first_child(void) {
  char path[64];
  int pid = 0;
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  FILE *f = fopen(path, "re");
  if (f != NULL && fscanf(f, "%d", &pid) != 1) pid = 0;
  if (f != NULL) fclose(f);
  return pid;
}

/* A daemon goes on when what was started has ended: it is given a while, then told of. */
static void await_strays(const struct verify_request *req, struct verify_one *one) {
  double patience = req->timeout_s > 0 && req->timeout_s < VERIFY_GRACE_S ? req->timeout_s : VERIFY_GRACE_S;
  double deadline = clock_monotonic_s() + patience;
  struct timespec nap = { 0, 1000000 };
  while (reap_strays(-1)) {
    if (clock_monotonic_s() > deadline || interrupt_pending()) {
      one->scope.alive = 1;
      one->scope.alive_pid = first_child();
      return;
    }
    nanosleep(&nap, NULL);
    if (nap.tv_nsec < 20000000) nap.tv_nsec += nap.tv_nsec / 4;
  }
}

/* For rungs that count in the kernel: looks now and then until there is enough, the target ended, or time
 * is up. */
static int watch_counts(const struct verify_request *req, struct verify_one *one, void *state,
                        const struct probe_target *target, struct journal *journal, double deadline, uint64_t wanted,
                        struct error *err) {
  struct watch w = { .deadline = deadline, .wanted = wanted, .one = one };
  struct timespec nap = { 0, 100000 };
  double started = clock_monotonic_s();
  while (!enough(&w)) {
    if (interrupt_pending()) return error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted");
    if (target->attached ? kill(target->pid, 0) != 0 && errno == ESRCH : has_ended(target->pid)) break;
    if (!target->attached && req->timeout_s > 0 && clock_monotonic_s() - started > req->timeout_s)
      break; /* child_wait says so */
    nanosleep(&nap, NULL);
    if (nap.tv_nsec < 2000000) nap.tv_nsec += nap.tv_nsec / 4;
    journal_drain(journal);
    if (!target->attached) reap_strays(target->pid);
    int rc = wanted > 0 ? one->rung->read(state, err) : 0;
    if (rc != 0) return rc;
  }
  return 0;
}

int verify_start_target(const struct verify_request *req, const struct verify_result *res, uint64_t ops,
                        struct target_args *args, struct child *child, struct error *err) {
  struct child_spec spec = CHILD_SPEC_INIT;
  int rc = 0;
  if (req->command != NULL) spec.argv = req->command;
  else {
    rc = workload_args(req, res, ops, args, err);
    spec.argv = args->argv;
    spec.keep_fds = args->keep;
  }
  if (rc != 0) return rc;
  if (req->binary == NULL) {
    snprintf(args->preload, sizeof args->preload, "%s", res->object[0].path);
    spec.preload = args->preload;
  }
  spec.env_set = req->env;
  spec.user = req->user;
  spec.new_session = !isatty(STDIN_FILENO);
  if (req->json) spec.stdout_fd = STDERR_FILENO;
  rc = child_spawn_held(&spec, child, err);
  if (args->report[1] >= 0) close(args->report[1]);
  args->report[1] = -1;
  return rc;
}

/* Armed and held, or attached: lets it go and follows it. */
static int run_armed(const struct verify_request *req, const struct verify_result *res, struct verify_one *one,
                     void **state, struct probe_target *target, struct journal *journal, double started,
                     struct error *err) {
  int rc = 0;
  pid_t pid = target->pid;
  bool limited = target->attached || one->proof;
  double now = clock_monotonic_s(), limit = target->attached && req->timeout_s > 0 ? req->timeout_s : PROOF_DEADLINE_S;
  uint64_t wanted = !one->proof ? 0 : one->rung->follow != NULL ? PROOF_HITS_STOPPED : PROOF_HITS;
  (void)res;
  if (target->child != NULL && (rc = child_release(target->child, err)) != 0) {
    kill(pid, SIGKILL);
    return rc;
  }
  double released = clock_monotonic_s(), deadline = limited ? now + limit : 0;
  if (one->rung->follow != NULL) {
    struct watch w = { .deadline = deadline, .wanted = wanted, .one = one, .state = *state };
    rc = one->rung->follow(*state, target, enough, &w, &one->ended, &one->status, err);
    if (rc == 0 && one->ended && target->child != NULL) {
      if (target->child->error_fd >= 0) close(target->child->error_fd);
      target->child->pid = -1;
    }
  } else {
    rc = watch_counts(req, one, *state, target, journal, deadline, wanted, err);
    if (rc == 0 && !one->proof && target->child != NULL) {
      rc = child_wait(target->child, req->timeout_s > 0 ? 0.001 : 0, &one->status, NULL, err);
      one->ended = rc == 0;
      if (rc == 0) await_strays(req, one);
    }
  }
  if (rc == 0) rc = one->rung->read(*state, err);
  one->proof_hits = site_hits(one);
  one->rung->detach(*state);
  *state = NULL;
  one->proof_ms = (clock_monotonic_s() - started) * 1e3;
  if (rc == 0 && !one->ended && target->child != NULL) {
    rc = child_wait(target->child, req->timeout_s, &one->status, NULL, err);
    one->ended = rc == 0;
  }
  one->wall_s = clock_monotonic_s() - released;
  return rc;
}

int verify_one_run(const struct verify_request *req, const struct verify_result *res, struct verify_one *one,
                   bool *refused, struct error *err) {
  struct target_args *args = calloc(1, sizeof *args);
  struct child child = { .pid = -1, .hold_fd = -1, .error_fd = -1 };
  struct probe_target target = { .pid = req->pid, .attached = req->pid != 0 };
  struct journal *journal = NULL;
  void *state = NULL;
  *refused = false;
  /* of a process that is not ours it is how long we look, and no failure */
  if (!target.attached) target.timeout_s = req->timeout_s;
  if (args == NULL) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "no memory for the workload");
  args->report[0] = args->report[1] = -1;
  for (size_t i = 0; i < one->count; i++) {
    one->points[i].hits = 0;
    one->points[i].measured = false;
  }
  double started = clock_monotonic_s();
  int rc = one->rung->prepare != NULL ? one->rung->prepare(&state, err) : 0;
  *refused = rc != 0;
  if (rc == 0 && !target.attached) {
    rc = verify_start_target(req, res, one->ops, args, &child, err);
    target.pid = child.pid;
    target.child = &child;
  }
  if (one->target_pid != NULL) *one->target_pid = target.pid;
  if (rc == 0) {
    rc = one->rung->attach(&state, one->points, one->count, &target, &one->scope, err);
    *refused = rc != 0;
  }
  /* what is followed by ptrace is known without */
  if (rc == 0 && !target.attached && !one->proof && one->rung->follow == NULL && req->command != NULL)
    journal = journal_start(child.pid, &res->object[0]);
  if (rc == 0) rc = run_armed(req, res, one, &state, &target, journal, started, err);
  one->rung->detach(state);
  journal_finish(journal, &one->scope);
  if (child.pid > 0) { /* refused, interrupted, or it could not be followed */
    int status;
    struct error ignored;
    child_kill(&child);
    if (child.hold_fd >= 0) close(child.hold_fd);
    child_wait(&child, 5, &status, NULL, &ignored);
  }
  if (args->report[0] >= 0) {
    if (rc == 0) read_counts(args->report[0], one);
    close(args->report[0]);
  }
  if (args->report[1] >= 0) close(args->report[1]);
  free(args);
  return rc;
}

/* Nothing is armed: how long the same takes by itself. */
double verify_plain_run(const struct verify_request *req, const struct verify_result *res, uint64_t ops) {
  struct target_args *args = calloc(1, sizeof *args);
  struct child child = { .pid = -1, .hold_fd = -1, .error_fd = -1 };
  struct error ignored = { 0 };
  double wall_s = NAN;
  int status;
  if (args == NULL) return NAN;
  args->report[0] = args->report[1] = -1;
  int rc = verify_start_target(req, res, ops, args, &child, &ignored);
  double released = clock_monotonic_s();
  if (rc == 0) rc = child_release(&child, &ignored);
  if (rc == 0) rc = child_wait(&child, req->timeout_s, &status, NULL, &ignored);
  if (rc == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) wall_s = clock_monotonic_s() - released;
  for (int i = 0; i < 2; i++)
    if (args->report[i] >= 0) close(args->report[i]);
  free(args);
  return wall_s;
}
