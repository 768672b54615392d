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
#include "harness/core/preload.h"
#include "harness/core/privilege.h"
#include "harness/core/program.h"

extern char **environ;

int child_resolve_user(const char *user, uid_t *uid, gid_t *gid, struct error *err) {
  *uid = geteuid();
  *gid = getegid();
  if (user != NULL) {
    char *end;
    unsigned long number = strtoul(user, &end, 10);
    struct passwd *pw = *user >= '0' && *user <= '9' && *end == '\0' ? getpwuid((uid_t)number) : getpwnam(user);
    if (pw == NULL) return error_raise(err, ERROR_USAGE, -ENOENT, "no user '%s' on this machine", user);
    if (geteuid() != 0 && pw->pw_uid != geteuid() && !privilege_kept()) {
      int rc = error_raise(err, ERROR_REFUSED, -EPERM, "cannot run the workload as '%s' without being root", user);
      error_advise(err, "leave --user out, or start hakmem-harness with sudo");
      return rc;
    }
    *uid = pw->pw_uid;
    *gid = pw->pw_gid;
    return 0;
  }
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
    bool plain = strncmp(e, "PATH=", 5) == 0 || strncmp(e, "LANG=", 5) == 0 || strncmp(e, "LC_", 3) == 0;
    bool drop = spec->bare_env && !plain;
    drop |= !spec->keep_hakmem_env && strncmp(e, "HAKMEM_", 7) == 0;
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

bool child_launch_user(struct child_launch *l, uid_t uid, gid_t gid) {
  const struct passwd *pw = getpwuid(uid);
  l->change_user = true;
  l->uid = uid;
  l->gid = gid;
  l->group_count = (int)(sizeof l->groups / sizeof l->groups[0]);
  if (pw != NULL && getgrouplist(pw->pw_name, gid, l->groups, &l->group_count) >= 0) return true;
  l->groups[0] = gid;
  l->group_count = 1;
  return pw != NULL;
}

void child_run(const struct child_launch *l) {
  int e;
  privilege_forget();
  if (l->ready_fd >= 0) close(l->ready_fd);
  if (l->die_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (l->new_session) setpgid(0, 0);
  if (l->cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)l->cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) goto fail;
  }
  for (size_t i = 0; i < l->fd_count; i++) {
    if (l->fd[i].fd == l->fd[i].as) fcntl(l->fd[i].fd, F_SETFD, 0);
    else if (dup2(l->fd[i].fd, l->fd[i].as) < 0) goto fail;
  }
  if (l->folder_fd >= 0 && fchdir(l->folder_fd) != 0) goto fail;
  if (l->change_user) {
    if (setgroups((size_t)l->group_count, l->groups) != 0) goto fail;
    if (setresgid(l->gid, l->gid, l->gid) != 0 || setresuid(l->uid, l->uid, l->uid) != 0) goto fail;
    /* the change of ids cleared it */
    if (l->die_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  if (l->no_new_privs) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (l->memory_max > 0 && setrlimit(RLIMIT_AS, &(struct rlimit){ l->memory_max, l->memory_max }) != 0) goto fail;
  if (l->cpu_max_s > 0 && setrlimit(RLIMIT_CPU, &(struct rlimit){ l->cpu_max_s, l->cpu_max_s + 1 }) != 0) goto fail;
  if (l->no_aslr) personality(ADDR_NO_RANDOMIZE);
  char byte;
  ssize_t n;
  do n = read(l->hold_fd, &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1) _exit(127); /* the parent gave up */
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  if (l->traceme && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) goto fail;
  execve(l->path, l->argv, l->env);
fail:
  e = errno;
  if (write(l->error_fd, &e, sizeof e) != (ssize_t)sizeof e) _exit(126);
  _exit(127);
}

/* Texts one after the other, as PRIVILEGE_START wants them. */
static bool pack(char *room, size_t size, size_t *used, const char *text) {
  size_t n = strlen(text) + 1;
  if (n > size - *used) return false;
  memcpy(room + *used, text, n);
  *used += n;
  return true;
}

/* As somebody whom we may not become ourselves: the keeper does it. A process id or a negative errno. */
static pid_t start_by_keeper(const struct child_launch *l, struct error *err) {
  struct privilege_request r = { .op = PRIVILEGE_START };
  struct privilege_answer a;
  /* the keeper stands in / */
  int folder = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return error_set_errno(err, -errno, "cannot start the workload in this folder");
  int fds[PRIVILEGE_FDS_MAX] = { l->hold_fd, l->error_fd, folder };
  size_t count = PRIVILEGE_START_FDS, used = 0, size = PRIVILEGE_MESSAGE_MAX - sizeof r;
  char *texts = malloc(size);
  bool fits = texts != NULL && pack(texts, size, &used, l->path);
  r.start.cpu = l->cpu;
  r.start.no_aslr = l->no_aslr;
  r.start.new_session = l->new_session;
  for (; fits && l->argv[r.start.argv] != NULL; r.start.argv++) fits = pack(texts, size, &used, l->argv[r.start.argv]);
  for (; fits && l->env[r.start.env] != NULL; r.start.env++) fits = pack(texts, size, &used, l->env[r.start.env]);
  bool given[3] = { false };
  for (size_t i = 0; i < l->fd_count && count + 3 < PRIVILEGE_FDS_MAX; i++) {
    if (l->fd[i].as < 3) given[l->fd[i].as] = true;
    r.start.as[count] = l->fd[i].as;
    fds[count++] = l->fd[i].fd;
  }
  for (int fd = 0; fd < 3; fd++) /* ours; the keeper has none */
    if (!given[fd] && fcntl(fd, F_GETFD) >= 0) {
      r.start.as[count] = fd;
      fds[count++] = fd;
    }
  int rc = fits ? privilege_ask(&r, texts, used, fds, count, &a, NULL, 0, NULL) : -E2BIG;
  free(texts);
  close(folder);
  if (rc > 0) return rc;
  if (a.error.code != 0 && fits) *err = a.error;
  else error_set_errno(err, rc < 0 ? rc : -EPROTO, "cannot start the workload as another user");
  return rc < 0 ? rc : -EPROTO;
}

static void add_fd(struct child_launch *l, int fd, int as) {
  if (fd >= 0 && l->fd_count < sizeof l->fd / sizeof l->fd[0]) l->fd[l->fd_count++] = (struct child_fd){ fd, as };
}

/* Root's environment is nothing for another user. */
static char **environment_for(const struct child_spec *spec, uid_t uid) {
  const struct passwd *pw = uid != geteuid() ? getpwuid(uid) : NULL;
  if (pw == NULL) return child_make_env(spec);
  char **own = environ, **theirs = privilege_environment(environ, pw);
  if (theirs == NULL) return NULL;
  environ = theirs;
  char **env = child_make_env(spec);
  environ = own;
  child_free_env(theirs);
  return env;
}

/* Under sudo a child can be traced only when it has let go of the keeper. */
static void await_ready(int ready) {
  char byte;
  while (read(ready, &byte, 1) < 0 && errno == EINTR) continue;
  close(ready);
}

int child_spawn_held(const struct child_spec *spec, struct child *child, struct error *err) {
  char path[4096];
  int hold[2], fault[2], ready[2] = { -1, -1 }, rc;
  uid_t uid;
  gid_t gid;
  child->pid = -1;
  child->hold_fd = child->error_fd = -1;
  child->others = false;
  if (spec->argv == NULL || spec->argv[0] == NULL) return error_raise(err, ERROR_USAGE, -EINVAL, "no command to run");
  /* searched here, in the parent, so that a missing program is found before anything is armed */
  rc = program_find(spec->argv[0], path, sizeof path);
  if (rc != 0) return error_set_errno(err, rc, "cannot run '%s'", spec->argv[0]);
  rc = spec->preload != NULL ? preload_check(spec->preload, err) : 0;
  if (rc == 0) rc = child_resolve_user(spec->user, &uid, &gid, err);
  if (rc != 0) return rc;
  struct child_launch *l = calloc(1, sizeof *l);
  char **env = environment_for(spec, uid);
  if (env == NULL || l == NULL) {
    rc = error_set_errno(err, -ENOMEM, "cannot make the environment");
    goto out;
  }
  l->path = path;
  l->argv = spec->argv;
  l->env = env;
  l->cpu = spec->cpu;
  l->no_aslr = spec->no_aslr;
  l->no_new_privs = spec->no_new_privs;
  l->memory_max = spec->memory_max;
  l->cpu_max_s = spec->cpu_max_s;
  l->traceme = spec->traceme;
  l->new_session = spec->new_session;
  l->die_with_parent = spec->die_with_parent;
  if (uid != geteuid() || (uid == 0 && gid != getegid())) child_launch_user(l, uid, gid);
  add_fd(l, spec->stdin_fd, 0);
  add_fd(l, spec->stdout_fd, 1);
  add_fd(l, spec->stderr_fd, 2);
  for (const int *fd = spec->keep_fds; fd != NULL && *fd >= 0; fd++) add_fd(l, *fd, *fd);
  if (pipe2(hold, O_CLOEXEC) != 0) {
    rc = error_set_errno(err, -errno, "pipe");
    goto out;
  }
  if (pipe2(fault, O_CLOEXEC) != 0) {
    rc = error_set_errno(err, -errno, "pipe");
    close(hold[0]);
    close(hold[1]);
    goto out;
  }
  l->hold_fd = hold[0];
  l->error_fd = fault[1];
  fflush(NULL);
  child->others = uid != geteuid() && privilege_kept();
  if (privilege_kept() && !child->others && pipe2(ready, O_CLOEXEC) != 0) ready[0] = ready[1] = -1;
  l->ready_fd = ready[1];
  l->folder_fd = -1;
  pid_t pid = child->others ? start_by_keeper(l, err) : fork();
  if (pid == 0) {
    close(hold[1]);
    child_run(l);
  }
  if (ready[1] >= 0) {
    close(ready[1]);
    await_ready(ready[0]);
  }
  if (pid < 0) rc = child->others ? err->code : error_set_errno(err, -errno, "fork");
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
out:
  child_free_env(env);
  free(l);
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
  if (child->others) {
    struct privilege_request r = { .op = PRIVILEGE_SIGNAL, .signal = { child->pid, SIGKILL } };
    struct privilege_answer a;
    privilege_ask(&r, NULL, 0, NULL, 0, &a, NULL, 0, NULL);
    return;
  }
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
