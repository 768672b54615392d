/* SPDX-License-Identifier: GPL-3.0-or-later */
/* privilege.c: see privilege.h. The environment is in privilege_environment.c. */
#include "harness/core/privilege.h"

#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

extern char **environ;

static int keeper = -1;
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

bool privilege_kept(void) { return keeper >= 0; }

static bool parse_id(const char *text, unsigned long *id) {
  char *end;
  if (*text < '0' || *text > '9') return false;
  errno = 0;
  *id = strtoul(text, &end, 10);
  return errno == 0 && *end == '\0' && *id < (unsigned long)(uid_t)-1;
}

/* "--user NAME", "--user=NAME", "-p N", "-pN": what the command line, and nobody else, permits. */
static const char *value_of(char **argv, int i, const char *name, char letter) {
  const char *a = argv[i];
  size_t n = strlen(name);
  if (strncmp(a, "--", 2) == 0 && strncmp(a + 2, name, n) == 0) return a[n + 2] == '=' ? a + n + 3 : argv[i + 1];
  if (letter != 0 && a[0] == '-' && a[1] == letter) return a[2] != '\0' ? a + 2 : argv[i + 1];
  return NULL;
}

static void read_terms(int argc, char **argv, struct privilege_terms *terms) {
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    unsigned long pid;
    const char *text = value_of(argv, i, "pid", 'p'), *user = value_of(argv, i, "user", 0);
    if (text != NULL && parse_id(text, &pid)) terms->pid = (pid_t)pid;
    if (user != NULL) terms->user = user;
  }
}

/* 0 with *uid 0: not by sudo. */
static int invoking_user(uid_t *uid, gid_t *gid, struct error *err) {
  const char *uid_text = getenv("SUDO_UID"), *gid_text = getenv("SUDO_GID");
  unsigned long u, g = 0;
  *uid = 0;
  if (geteuid() != 0 || uid_text == NULL) return 0;
  if (!parse_id(uid_text, &u) || (gid_text != NULL && !parse_id(gid_text, &g)))
    return error_raise(err, ERROR_USAGE, -EINVAL, "SUDO_UID or SUDO_GID is not a number");
  const struct passwd *pw = getpwuid((uid_t)u);
  if (gid_text == NULL && pw == NULL)
    return error_raise(err, ERROR_USAGE, -EINVAL, "SUDO_UID %lu is no user of this machine, and SUDO_GID is not set",
                       u);
  *uid = (uid_t)u;
  *gid = gid_text != NULL ? (gid_t)g : pw->pw_gid;
  return 0;
}

static void use_environment(const struct passwd *pw) {
  char **env = privilege_environment(environ, pw);
  if (env != NULL) environ = env;
}

static int become(uid_t uid, gid_t gid, struct error *err) {
  gid_t groups[256] = { gid };
  int count = 256;
  struct passwd nobody = { .pw_name = NULL, .pw_uid = uid }, *pw = getpwuid(uid);
  if (pw == NULL || getgrouplist(pw->pw_name, gid, groups, &count) < 0) {
    groups[0] = gid;
    count = 1;
  }
  if (setgroups((size_t)count, groups) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
    return error_raise(err, ERROR_INTERNAL, -errno, "cannot become user %u: %s", (unsigned)uid, strerror(errno));
  if (setresuid(0, 0, 0) == 0 || (gid != 0 && setresgid(0, 0, 0) == 0) || geteuid() != uid || getegid() != gid)
    return error_raise(err, ERROR_INTERNAL, -EPERM, "root's rights did not go when they were given up");
  prctl(PR_SET_DUMPABLE, 0);
  use_environment(pw != NULL ? pw : &nobody);
  return 0;
}

/* In the keeper: nothing of the terminal, of the user's folder, or of what the user can send. */
static void become_keeper(void) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3 && null >= 0; fd++) dup2(null, fd);
  setsid();
  if (chdir("/") != 0) _exit(1);
  char *env[] = { (char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
  static char *kept[2];
  memcpy(kept, env, sizeof kept);
  environ = kept;
  prctl(PR_SET_NAME, "hakmem-keeper");
  prctl(PR_SET_DUMPABLE, 0);
  for (int s = 1; s < NSIG; s++)
    if (s != SIGKILL && s != SIGSTOP && s != SIGCHLD && s != SIGSEGV && s != SIGBUS && s != SIGILL && s != SIGABRT)
      signal(s, SIG_IGN);
}

int privilege_part(int argc, char **argv, void (*keep)(const struct privilege_terms *terms), struct error *err) {
  struct privilege_terms terms = { .socket = -1 };
  gid_t gid = 0;
  int ends[2], rc = invoking_user(&terms.uid, &gid, err);
  if (rc != 0 || terms.uid == 0) return rc;
  read_terms(argc, argv, &terms);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return error_set_errno(err, -errno, "cannot part from root's rights");
  pid_t pid = fork();
  if (pid < 0) return error_set_errno(err, -errno, "cannot part from root's rights");
  if (pid == 0) {
    close(ends[0]);
    terms.socket = ends[1];
    become_keeper();
    keep(&terms);
    _exit(0);
  }
  close(ends[1]);
  rc = become(terms.uid, gid, err);
  if (rc != 0) return rc;
  keeper = ends[0];
  /* what the keeper starts for --user is ours to wait for */
  if (terms.user != NULL) prctl(PR_SET_CHILD_SUBREAPER, 1);
  return 0;
}

void privilege_forget(void) {
  if (keeper < 0) return;
  close(keeper);
  keeper = -1;
  prctl(PR_SET_DUMPABLE, 1);
}

ssize_t privilege_send(int socket, const void *head, size_t head_size, const void *data, size_t size, const int *fds,
                       size_t fd_count) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(PRIVILEGE_FDS_MAX * sizeof(int))];
  } control;
  struct iovec part[2] = { { (void *)head, head_size }, { (void *)data, size } };
  struct msghdr m = { .msg_iov = part, .msg_iovlen = size > 0 ? 2 : 1 };
  if (fd_count > PRIVILEGE_FDS_MAX || head_size + size > PRIVILEGE_MESSAGE_MAX) return -E2BIG;
  if (fd_count > 0) {
    memset(&control, 0, sizeof control);
    m.msg_control = &control;
    m.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
  }
  ssize_t n;
  do n = sendmsg(socket, &m, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}

ssize_t privilege_receive(int socket, void *head, size_t head_size, void *data, size_t room, int *fds,
                          size_t *fd_count) {
  union {
    struct cmsghdr align;
    char room[CMSG_SPACE(PRIVILEGE_FDS_MAX * sizeof(int))];
  } control;
  struct iovec part[2] = { { head, head_size }, { data, room } };
  struct msghdr m = {
    .msg_iov = part, .msg_iovlen = room > 0 ? 2 : 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  size_t most = fd_count != NULL ? *fd_count : 0, got = 0;
  bool fits = true;
  if (fd_count != NULL) *fd_count = 0;
  ssize_t n;
  do n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n < 0) return -errno;
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
      if (got < most) fds[got++] = fd;
      else {
        close(fd);
        fits = false;
      }
    }
  }
  if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) fits = false;
  if (!fits) {
    for (size_t i = 0; i < got; i++) close(fds[i]);
    return -EMSGSIZE;
  }
  if (fd_count != NULL) *fd_count = got;
  return n;
}

int privilege_ask(const struct privilege_request *request, const void *data, size_t size, const int *fds,
                  size_t fd_count, struct privilege_answer *answer, void *more, size_t room, int *fd_out) {
  int fd = -1;
  size_t fd_got = 1;
  memset(answer, 0, sizeof *answer);
  if (keeper < 0) return answer->value = -EPERM;
  pthread_mutex_lock(&one_at_a_time);
  ssize_t n = privilege_send(keeper, request, sizeof *request, data, size, fds, fd_count);
  if (n >= 0) n = privilege_receive(keeper, answer, sizeof *answer, more, room, &fd, &fd_got);
  pthread_mutex_unlock(&one_at_a_time);
  if (n < 0 || (size_t)n < sizeof *answer) answer->value = n == -E2BIG ? -E2BIG : -EPIPE;
  if (n < 0 || fd_got == 0) fd = -1;
  if (fd_out != NULL) *fd_out = fd;
  else if (fd >= 0) close(fd);
  return answer->value;
}

int privilege_perf_event_open(const struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags) {
  long fd = syscall(SYS_perf_event_open, attr, pid, cpu, group, flags);
  if (fd >= 0 || (errno != EACCES && errno != EPERM) || keeper < 0) return (int)fd;
  struct privilege_request r = { .op = PRIVILEGE_PERF_EVENT };
  struct privilege_answer a;
  int refused = errno, got;
  r.perf.attr = *attr;
  r.perf.pid = pid > 0 ? pid : getpid();
  r.perf.cpu = cpu;
  r.perf.flags = flags;
  r.perf.group = group >= 0;
  int rc = privilege_ask(&r, NULL, 0, &group, group >= 0 ? 1 : 0, &a, NULL, 0, &got);
  if (rc == 0 && got >= 0) return got;
  errno = rc < 0 && rc != -EPIPE ? -rc : refused;
  return -1;
}
