/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper_launch.c: a workload as the user whom --user names. It is forked twice, so that it becomes
 * a child of the harness, which waits for it; signals go through us, since it is another user's. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/keeper/keeper_internal.h"

enum { STARTED_MAX = 4096, ABOVE = 512 };

static struct started {
  pid_t pid;
  int pidfd; /* says whether the number still means that process */
  bool group;
} * started[STARTED_MAX];

static bool lives(const struct started *s) { return syscall(SYS_pidfd_send_signal, s->pidfd, 0, NULL, 0) == 0; }

static void send(const struct started *s, int signal) {
  if (!lives(s)) return;
  if (s->group && getpgid(s->pid) == s->pid) kill(-s->pid, signal);
  syscall(SYS_pidfd_send_signal, s->pidfd, signal, NULL, 0);
}

static struct started *find(pid_t pid) {
  for (size_t i = 0; i < STARTED_MAX; i++)
    if (started[i] != NULL && started[i]->pid == pid && lives(started[i])) return started[i];
  return NULL;
}

bool keeper_started(pid_t pid) { return find(pid) != NULL; }

static void forget(size_t i) {
  close(started[i]->pidfd);
  free(started[i]);
  started[i] = NULL;
}

static bool note(pid_t pid, bool group) {
  size_t i = 0;
  for (size_t k = 0; k < STARTED_MAX; k++)
    if (started[k] != NULL && !lives(started[k])) forget(k);
  while (i < STARTED_MAX && started[i] != NULL) i++;
  if (i == STARTED_MAX || (started[i] = calloc(1, sizeof *started[i])) == NULL) return false;
  *started[i] = (struct started){ pid, (int)syscall(SYS_pidfd_open, pid, 0), group };
  if (started[i]->pidfd >= 0) return true;
  free(started[i]);
  started[i] = NULL;
  return false;
}

void keeper_launch_end(void) {
  for (size_t i = 0; i < STARTED_MAX; i++) {
    if (started[i] == NULL) continue;
    send(started[i], SIGKILL);
    forget(i);
  }
}

void keeper_signal(struct keeper *k) {
  struct started *s = find(k->request.signal.pid);
  int signal = k->request.signal.signal;
  if (s == NULL || signal < 0 || signal >= NSIG) {
    keeper_refuse(k, -EPERM, "to signal a process that it did not start");
    return;
  }
  send(s, signal);
}

/* Count texts out of k->more, NULL-terminated. */
static char **take_texts(struct keeper *k, size_t count, size_t *used) {
  char **list = count <= k->more_size ? calloc(count + 1, sizeof *list) : NULL;
  for (size_t i = 0; list != NULL && i < count; i++) {
    char *text = k->more + *used, *end = memchr(text, '\0', k->more_size - *used);
    if (end == NULL) {
      free(list);
      return NULL;
    }
    list[i] = text;
    *used += (size_t)(end - text) + 1;
  }
  return list;
}

/* Numbers that the program is to have may be those that descriptors have here: all go out of the way. */
static bool place_fds(struct keeper *k, struct child_launch *l) {
  int moved[PRIVILEGE_FDS_MAX];
  for (size_t i = 0; i < k->fds; i++)
    if ((moved[i] = fcntl(k->fd[i], F_DUPFD_CLOEXEC, ABOVE)) < 0) return false;
  l->hold_fd = moved[0];
  l->error_fd = moved[1];
  l->folder_fd = moved[2];
  for (size_t i = PRIVILEGE_START_FDS; i < k->fds; i++)
    l->fd[l->fd_count++] = (struct child_fd){ moved[i], k->request.start.as[i] };
  return true;
}

static _Noreturn void become_workload(struct keeper *k, struct child_launch *l, int answer_fd) {
  pid_t pid = fork();
  if (pid != 0) {
    if (write(answer_fd, &pid, sizeof pid) != (ssize_t)sizeof pid) _exit(1);
    _exit(0);
  }
  if (!place_fds(k, l)) _exit(127);
  for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
  prctl(PR_SET_DUMPABLE, 1);
  child_run(l);
}

static pid_t launch(struct keeper *k, struct child_launch *l) {
  int answer[2];
  pid_t pid = -1, between;
  if (pipe2(answer, O_CLOEXEC) != 0) return -1;
  between = fork();
  if (between == 0) become_workload(k, l, answer[1]);
  close(answer[1]);
  if (between > 0) {
    if (read(answer[0], &pid, sizeof pid) != (ssize_t)sizeof pid) pid = -1;
    while (waitpid(between, NULL, 0) < 0 && errno == EINTR) continue;
  }
  close(answer[0]);
  return pid;
}

static const char *numbers_fault(const struct keeper *k) {
  for (size_t i = PRIVILEGE_START_FDS; i < k->fds; i++)
    if (k->request.start.as[i] < 0 || k->request.start.as[i] >= ABOVE) return "a descriptor of that number";
  return NULL;
}

void keeper_start(struct keeper *k) {
  struct child_launch *l = calloc(1, sizeof *l);
  struct error ignored;
  uid_t uid;
  gid_t gid;
  size_t used = 0;
  const char *fault = k->fds < PRIVILEGE_START_FDS || k->fds > sizeof l->fd / sizeof l->fd[0]
                          ? "a workload without its pipes"
                          : numbers_fault(k);
  if (fault == NULL && k->terms->user == NULL) fault = "another user than the command line names";
  if (fault == NULL && child_resolve_user(k->terms->user, &uid, &gid, &ignored) != 0) fault = "an unknown user";
  char **path = take_texts(k, 1, &used), **argv = take_texts(k, k->request.start.argv, &used),
       **env = take_texts(k, k->request.start.env, &used);
  if (l == NULL || path == NULL || argv == NULL || env == NULL || argv[0] == NULL)
    fault = "a workload without a program";
  if (fault == NULL) {
    l->path = path[0];
    l->ready_fd = -1;
    l->argv = argv;
    l->env = env;
    l->cpu = k->request.start.cpu;
    l->no_aslr = k->request.start.no_aslr != 0;
    l->new_session = k->request.start.new_session != 0;
    child_launch_user(l, uid, gid);
    pid_t pid = launch(k, l);
    if (pid > 0 && note(pid, l->new_session)) k->answer.value = pid;
    else keeper_refuse(k, -EAGAIN, "one more process");
  } else keeper_refuse(k, -EPERM, fault);
  free(path);
  free(argv);
  free(env);
  free(l);
}
