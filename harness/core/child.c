/* SPDX-License-Identifier: GPL-3.0-or-later */
/* child.c: see child.h. */
#include "harness/core/child.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/paths.h"
#include "harness/core/preload.h"

extern char **environ;

int child_resolve_user(const char *user, uid_t *uid, gid_t *gid, struct error *err) {
  *uid = geteuid();
  *gid = getegid();
  if (user != NULL) {
    char *end;
    unsigned long number = strtoul(user, &end, 10);
    struct passwd *pw = *user >= '0' && *user <= '9' && *end == '\0' ? getpwuid((uid_t)number) : getpwnam(user);
    if (pw == NULL) return error_raise(err, ERROR_USAGE, -ENOENT, "no user '%s' on this machine", user);
    if (geteuid() != 0 && pw->pw_uid != geteuid()) {
      int rc = error_raise(err, ERROR_REFUSED, -EPERM, "cannot run the workload as '%s' without being root", user);
      error_advise(err, "leave --user out, or start hakmem-harness with sudo");
      return rc;
    }
    *uid = pw->pw_uid;
    *gid = pw->pw_gid;
    return 0;
  }
  if (geteuid() != 0) return 0;
  const char *sudo_uid = getenv("SUDO_UID"), *sudo_gid = getenv("SUDO_GID");
  if (sudo_uid == NULL || sudo_gid == NULL) return 0;
  char *end_uid, *end_gid;
  unsigned long u = strtoul(sudo_uid, &end_uid, 10), g = strtoul(sudo_gid, &end_gid, 10);
  if (*sudo_uid == '\0' || *end_uid != '\0' || *sudo_gid == '\0' || *end_gid != '\0')
    return error_raise(err, ERROR_USAGE, -EINVAL, "SUDO_UID or SUDO_GID is not a number");
  *uid = (uid_t)u;
  *gid = (gid_t)g;
  return 0;
}

static bool env_name_equal(const char *entry, const char *setting) {
  size_t n = strcspn(setting, "=");
  return strncmp(entry, setting, n) == 0 && entry[n] == '=';
}

char **child_make_env(const struct child_spec *spec) {
  size_t inherited = 0, set = 0, n = 0;
  while (environ[inherited] != NULL) inherited++;
  while (spec->env_set != NULL && spec->env_set[set] != NULL) set++;
  char **env = calloc(inherited + set + 2, sizeof *env);
  if (env == NULL) return NULL;
  const char *old_preload = NULL;
  for (size_t i = 0; i < inherited; i++) {
    const char *e = environ[i];
    bool drop = !spec->keep_hakmem_env && strncmp(e, "HAKMEM_", 7) == 0;
    for (size_t k = 0; k < set && !drop; k++) drop = env_name_equal(e, spec->env_set[k]);
    if (!drop && spec->preload != NULL && strncmp(e, "LD_PRELOAD=", 11) == 0) {
      old_preload = e + 11;
      drop = true;
    }
    if (!drop && (env[n] = strdup(e)) != NULL) n++;
  }
  for (size_t k = 0; k < set; k++) {
    if (spec->preload != NULL && strncmp(spec->env_set[k], "LD_PRELOAD=", 11) == 0) old_preload = spec->env_set[k] + 11;
    else if ((env[n] = strdup(spec->env_set[k])) != NULL) n++;
  }
  if (spec->preload != NULL) {
    bool more = old_preload != NULL && old_preload[0] != '\0';
    if (asprintf(&env[n], "LD_PRELOAD=%s%s%s", spec->preload, more ? ":" : "", more ? old_preload : "") < 0)
      env[n] = NULL;
  }
  return env;
}

void child_free_env(char **env) {
  if (env == NULL) return;
  for (char **e = env; *e != NULL; e++) free(*e);
  free(env);
}

/* In the child, after fork: only async-signal-safe work. Writes errno to error_fd on failure. */
static void run_child(const struct child_spec *spec, const char *path, char **env, uid_t uid, gid_t gid,
                      const gid_t *groups, int group_count, int hold_fd, int error_fd) {
  int e;
  if (spec->die_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (spec->new_session) setpgid(0, 0);
  if (spec->cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)spec->cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) goto fail;
  }
  if (spec->stdin_fd >= 0 && dup2(spec->stdin_fd, 0) < 0) goto fail;
  if (spec->stdout_fd >= 0 && dup2(spec->stdout_fd, 1) < 0) goto fail;
  if (spec->stderr_fd >= 0 && dup2(spec->stderr_fd, 2) < 0) goto fail;
  for (const int *fd = spec->keep_fds; fd != NULL && *fd >= 0; fd++) fcntl(*fd, F_SETFD, 0);
  if (uid != geteuid() || gid != getegid()) {
    if (setgroups((size_t)group_count, groups) != 0) goto fail;
    if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0) goto fail;
    /* the change of ids cleared it */
    if (spec->die_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  if (spec->no_aslr) personality(ADDR_NO_RANDOMIZE);
  char byte;
  ssize_t n;
  do n = read(hold_fd, &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1) _exit(127); /* the parent gave up */
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  if (spec->traceme && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) goto fail;
  execve(path, spec->argv, env);
fail:
  e = errno;
  if (write(error_fd, &e, sizeof e) != (ssize_t)sizeof e) _exit(126);
  _exit(127);
}

int child_spawn_held(const struct child_spec *spec, struct child *child, struct error *err) {
  char path[4096];
  int hold[2], fault[2], rc;
  uid_t uid;
  gid_t gid;
  gid_t groups[256];
  int group_count = 0;
  child->pid = -1;
  child->hold_fd = child->error_fd = -1;
  if (spec->argv == NULL || spec->argv[0] == NULL) return error_raise(err, ERROR_USAGE, -EINVAL, "no command to run");
  /* searched here, in the parent, so that a missing program is found before anything is armed */
  rc = path_find_program(spec->argv[0], path, sizeof path);
  if (rc != 0) return error_set_errno(err, rc, "cannot run '%s'", spec->argv[0]);
  rc = spec->preload != NULL ? preload_check(spec->preload, err) : 0;
  if (rc == 0) rc = child_resolve_user(spec->user, &uid, &gid, err);
  if (rc != 0) return rc;
  if (uid != geteuid()) {
    struct passwd *pw = getpwuid(uid);
    group_count = 256;
    if (pw == NULL || getgrouplist(pw->pw_name, gid, groups, &group_count) < 0) {
      groups[0] = gid;
      group_count = 1;
    }
  } else if (gid != getegid()) {
    groups[0] = gid;
    group_count = 1;
  }
  char **env = child_make_env(spec);
  if (env == NULL) return error_set_errno(err, -ENOMEM, "cannot make the environment");
  if (pipe2(hold, O_CLOEXEC) != 0) {
    rc = error_set_errno(err, -errno, "pipe");
    goto out_env;
  }
  if (pipe2(fault, O_CLOEXEC) != 0) {
    rc = error_set_errno(err, -errno, "pipe");
    close(hold[0]);
    close(hold[1]);
    goto out_env;
  }
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    close(hold[1]);
    run_child(spec, path, env, uid, gid, groups, group_count, hold[0], fault[1]);
  }
  rc = pid < 0 ? error_set_errno(err, -errno, "fork") : 0;
  close(hold[0]);
  close(fault[1]);
  if (pid < 0) {
    close(hold[1]);
    close(fault[0]);
  } else {
    if (spec->new_session) setpgid(pid, pid);
    child->pid = pid;
    child->hold_fd = hold[1];
    child->error_fd = fault[0];
  }
out_env:
  child_free_env(env);
  return rc;
}

int child_release_nowait(struct child *child, struct error *err) {
  ssize_t n;
  do n = write(child->hold_fd, "g", 1);
  while (n < 0 && errno == EINTR);
  int rc = n == 1 ? 0 : error_set_errno(err, n < 0 ? -errno : -EIO, "the workload's process is gone before it started");
  close(child->hold_fd);
  child->hold_fd = -1;
  return rc;
}

int child_release(struct child *child, struct error *err) {
  int code = 0;
  ssize_t n;
  int rc = child_release_nowait(child, err);
  if (rc != 0) return rc;
  do n = read(child->error_fd, &code, sizeof code);
  while (n < 0 && errno == EINTR);
  close(child->error_fd);
  child->error_fd = -1;
  if (n == (ssize_t)sizeof code) {
    int status;
    waitpid(child->pid, &status, 0);
    child->pid = -1;
    return error_set_errno(err, -code, "cannot start the workload");
  }
  return 0;
}

void child_kill(struct child *child) {
  if (child->pid <= 0) return;
  if (getpgid(child->pid) == child->pid) kill(-child->pid, SIGKILL);
  kill(child->pid, SIGKILL);
}

int child_wait(struct child *child, double timeout_s, int *status, struct rusage *usage, struct error *err) {
  struct timespec start, now;
  int rc = 0;
  /* a pidfd wakes us at once; the poll's limit only serves the time-out and Ctrl-C */
  int pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (;;) {
    pid_t got = wait4(child->pid, status, WNOHANG, usage);
    if (got == child->pid) break;
    if (got < 0 && errno == ECHILD) {
      rc = error_raise(err, ERROR_UNMEASURED, -ECHILD, "the workload's end was taken by somebody else");
      break;
    }
    if (interrupt_pending()) {
      rc = error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted");
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    double spent = (double)(now.tv_sec - start.tv_sec) + (double)(now.tv_nsec - start.tv_nsec) * 1e-9;
    if (rc == 0 && timeout_s > 0 && spent >= timeout_s)
      rc = error_raise(err, ERROR_UNMEASURED, -ETIMEDOUT, "the workload did not end within %.3g s", timeout_s);
    if (rc != 0) {
      child_kill(child);
      while (wait4(child->pid, status, 0, usage) < 0 && errno == EINTR) continue;
      break;
    }
    double left = timeout_s > 0 ? timeout_s - spent : 0.1;
    int ms = left > 0.1 ? 100 : (int)(left * 1000) + 1;
    struct pollfd p = { .fd = pidfd, .events = POLLIN };
    poll(&p, pidfd >= 0 ? 1 : 0, pidfd >= 0 ? ms : 1);
  }
  if (pidfd >= 0) close(pidfd);
  if (child->error_fd >= 0) close(child->error_fd);
  child->error_fd = -1;
  child->pid = -1;
  return rc;
}

const char *child_describe_status(int status, char *buf, size_t size) {
  if (WIFEXITED(status)) snprintf(buf, size, "exit %d", WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) {
    const char *name = sigabbrev_np(WTERMSIG(status));
    if (name != NULL) snprintf(buf, size, "killed by SIG%s", name);
    else snprintf(buf, size, "killed by signal %d", WTERMSIG(status));
  } else snprintf(buf, size, "status 0x%x", (unsigned)status);
  return buf;
}
