/* SPDX-License-Identifier: GPL-3.0-or-later */
/* command_run.c: see command_run.h. */
#include "harness/runner/command_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const hook_names[AB_HOOKS] = { "setup", "prepare", "conclude", "cleanup" };

static const char *after(const char *word, const char *prefix) {
  size_t n = strlen(prefix);
  return strncmp(word, prefix, n) == 0 ? word + n : NULL;
}

/* One of an arm's own words: taken, or false. */
static bool take_word(struct command_arm *arm, const char *word) {
  const char *value, *hook = after(word, COMMAND_HOOK);
  if ((value = after(word, COMMAND_NAME)) != NULL) return arm->name = value, true;
  if ((value = after(word, COMMAND_STDIN)) != NULL) return arm->in = value, true;
  if ((value = after(word, COMMAND_STDOUT)) != NULL) return arm->out = value, true;
  for (int i = 0; hook != NULL && i < AB_HOOKS; i++) {
    size_t n = strlen(hook_names[i]);
    if (strncmp(hook, hook_names[i], n) == 0 && hook[n] == '=') return arm->hook[i] = hook + n + 1, true;
  }
  return false;
}

unsigned command_parse(char **words, struct command_arm arm[AB_ARMS_MAX]) {
  unsigned n = 0;
  for (char **w = words;;) {
    if (n == AB_ARMS_MAX) return 0;
    while (*w != NULL && take_word(&arm[n], *w)) w++;
    arm[n++].argv = w;
    while (*w != NULL && strcmp(*w, COMMAND_NEXT) != 0) w++;
    if (*w == NULL) return n;
    *w++ = NULL;
  }
}

static void to_fd(const char *path, int flags, int fd) {
  int f = open(path, flags | O_CLOEXEC, 0666);
  if (f < 0) {
    dprintf(2, "cannot open %s: %s\n", path, strerror(errno));
    _exit(126);
  }
  dup2(f, fd);
}

void command_reader(const struct command_arm *arm, int *fd) {
  int ends[2];
  *fd = -1;
  if (arm->out == NULL || strcmp(arm->out, "pipe") != 0 || pipe2(ends, O_CLOEXEC) != 0) return;
  pid_t pid = fork();
  if (pid == 0) {
    static char text[65536];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[1]);
    while (read(ends[0], text, sizeof text) > 0) {
    }
    _exit(0);
  }
  close(ends[0]);
  *fd = ends[1];
}

void command_redirect(const struct command_arm *arm, int stderr_fd, int reader_fd) {
  if (stderr_fd >= 0) dup2(stderr_fd, 2);
  to_fd(arm->in != NULL ? arm->in : "/dev/null", O_RDONLY, 0);
  if (reader_fd >= 0) dup2(reader_fd, 1);
  else to_fd(arm->out != NULL ? arm->out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 1);
}

bool command_wait(pid_t pid, uint32_t timeout_s, int *status, struct rusage *u) {
  sigset_t child;
  struct timespec now, end;
  bool timed_out = false;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  clock_gettime(CLOCK_MONOTONIC, &end);
  end.tv_sec += timeout_s;
  for (;;) {
    pid_t got = wait4(pid, status, timeout_s && !timed_out ? WNOHANG : 0, u);
    if (got == pid) return timed_out;
    if (got < 0 && errno != EINTR) return timed_out;
    if (got < 0) continue;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct timespec left = { end.tv_sec - now.tv_sec, end.tv_nsec - now.tv_nsec };
    if (left.tv_nsec < 0) {
      left.tv_sec--;
      left.tv_nsec += 1000000000;
    }
    if (left.tv_sec < 0) {
      timed_out = true;
      kill(pid, SIGKILL);
    } else {
      sigtimedwait(&child, NULL, &left);
    }
  }
}

void command_children(struct command_kept *kept) {
  char text[4096];
  kept->count = 0;
  int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
  if (fd >= 0) close(fd);
  text[n > 0 ? n : 0] = '\0';
  for (char *p = text, *next; kept->count < sizeof kept->pid / sizeof kept->pid[0]; p = next) {
    long pid = strtol(p, &next, 10);
    if (next == p) break;
    kept->pid[kept->count++] = (pid_t)pid;
  }
}

static bool is_kept(const struct command_kept *kept, pid_t pid) {
  for (size_t i = 0; i < kept->count; i++)
    if (kept->pid[i] == pid) return true;
  return false;
}

uint32_t command_end_strays(const struct command_kept *kept) {
  uint32_t strays = 0;
  int status;
  for (int i = 0; i < 1000; i++) {
    struct command_kept now;
    pid_t got = waitpid(-1, &status, WNOHANG);
    if (got < 0) break; /* no child is left */
    if (got > 0) {
      strays += !is_kept(kept, got);
      continue;
    }
    bool others = false;
    command_children(&now);
    for (size_t k = 0; k < now.count; k++) {
      if (now.pid[k] <= 1 || is_kept(kept, now.pid[k])) continue;
      others = true;
      kill(now.pid[k], SIGKILL);
    }
    if (!others) break;
    usleep(200);
  }
  return strays;
}

void command_last_words(struct ab_record *r, int stderr_fd) {
  size_t before = strlen(r->message);
  off_t size = stderr_fd >= 0 ? lseek(stderr_fd, 0, SEEK_END) : 0, room = (off_t)(sizeof r->message - 1 - before);
  if (size <= 0 || room <= 0) return;
  char *to = r->message + before;
  ssize_t n = pread(stderr_fd, to, (size_t)(size < room ? size : room), size < room ? 0 : size - room);
  if (n < 0) n = 0;
  while (n > 0 && (to[n - 1] == '\n' || to[n - 1] == ' ')) n--;
  to[n] = '\0';
}

bool command_hook(const struct command_arm *arm, enum ab_hook hook, const struct ab_job *job, struct ab_record *r,
                  const sigset_t *mask, int stderr_fd, int *status) {
  struct rusage u;
  *status = 0;
  if (arm->hook[hook] == NULL) return true;
  if (stderr_fd >= 0 && ftruncate(stderr_fd, 0) == 0) lseek(stderr_fd, 0, SEEK_SET);
  pid_t pid = fork();
  if (pid == 0) {
    char number[24];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigprocmask(SIG_SETMASK, mask, NULL);
    setpgid(0, 0);
    for (char **w = arm->argv; *w != NULL && (*w)[0] == '+'; w++) putenv(*w + 1);
    snprintf(number, sizeof number, "%llu", (unsigned long long)job->id);
    setenv("AB_SIDE", arm->name != NULL ? arm->name : "", 1);
    setenv("AB_RUN", number, 1);
    struct command_arm quiet = { .argv = arm->argv };
    command_redirect(&quiet, stderr_fd, -1);
    execl("/bin/sh", "sh", "-c", arm->hook[hook], (char *)NULL);
    dprintf(2, "/bin/sh: %s\n", strerror(errno));
    _exit(127);
  }
  *status = 127 << 8;
  bool late = pid > 0 && command_wait(pid, job->timeout_s, status, &u);
  if (!late && *status == 0) return true;
  snprintf(r->message, sizeof r->message, late ? "--%s: did not end within %u s" : "--%s: ", hook_names[hook],
           job->timeout_s);
  if (!late) command_last_words(r, stderr_fd);
  return false;
}
