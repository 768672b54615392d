/* SPDX-License-Identifier: GPL-3.0-or-later */
/* init.c: process 1 of the emulated guest. Runs the commands of /guest-tests one after the other
 * and powers the machine off.
 *
 * A line of the list: NAME UID PARANOID SECONDS COMMAND [ARGUMENT…], split at spaces; PARANOID is
 * written into kernel.perf_event_paranoid before. On the console, each command's output stands
 * between two lines:
 *     @@begin NAME
 *     @@end NAME exit=N          (or signal=N, timeout=SECONDS, error=TEXT)
 * and the last line is `@@done COUNT`. Whoever reads the console must see it: without it the
 * guest died halfway. Linked statically, so that it can tell of a missing loader. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_ARGUMENTS = 32, MAX_LINE = 1024 };

static int write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t n = write(fd, text, strlen(text));
  close(fd);
  return n == (ssize_t)strlen(text) ? 0 : -1;
}

static void mount_at(const char *type, const char *where) {
  mkdir(where, 0755);
  if (mount(type, where, type, 0, NULL) != 0)
    printf("@@note cannot mount %s at %s: %s\n", type, where, strerror(errno));
}

static void mount_all(void) {
  mount_at("proc", "/proc");
  mount_at("sysfs", "/sys");
  mount_at("devtmpfs", "/dev");
  mount_at("debugfs", "/sys/kernel/debug");
  mount_at("tracefs", "/sys/kernel/tracing");
  mount_at("cgroup2", "/sys/fs/cgroup");
  mount_at("tmpfs", "/tmp");
  chmod("/tmp", 01777);
  /* as every real system does; until the first write here, Linux 6.1 gives new groups no
   * perf_event controller (ENOENT from perf_event_open) */
  if (write_text("/sys/fs/cgroup/cgroup.subtree_control", "+pids +memory") != 0)
    printf("@@note no control groups: %s\n", strerror(errno));
}

/* In a folder of its own: results of one user must not stand in the way of another's. */
static void run_child(const char *name, unsigned uid, char **argv) {
  char dir[256];
  snprintf(dir, sizeof dir, "/tmp/%s", name);
  setsid(); /* so that a timeout can end all that it started */
  if (mkdir(dir, 0755) != 0 || chown(dir, uid, uid) != 0 || chdir(dir) != 0) {
    printf("cannot make %s: %s\n", dir, strerror(errno));
    fflush(stdout);
    _exit(126);
  }
  if (uid != 0 && (setgroups(0, NULL) != 0 || setgid(uid) != 0 || setuid(uid) != 0)) {
    printf("cannot become user %u: %s\n", uid, strerror(errno));
    fflush(stdout);
    _exit(126);
  }
  execv(argv[0], argv);
  printf("cannot run %s: %s\n", argv[0], strerror(errno));
  fflush(stdout);
  _exit(127);
}

static double now_s(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Waits for pid, reaping whatever else was left to process 1. */
static void await(pid_t pid, const char *name, int seconds) {
  double end = now_s() + seconds;
  int status;
  for (;;) {
    pid_t got = waitpid(-1, &status, WNOHANG);
    if (got == pid) break;
    if (got > 0) continue;
    if (now_s() > end) {
      kill(-pid, SIGKILL);
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      printf("@@end %s timeout=%d\n", name, seconds);
      return;
    }
    nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
  }
  kill(-pid, SIGKILL); /* nothing of one test may run on beside the next */
  if (WIFEXITED(status)) printf("@@end %s exit=%d\n", name, WEXITSTATUS(status));
  else printf("@@end %s signal=%d\n", name, WTERMSIG(status));
}

static int run_line(char *line) {
  char *argv[MAX_ARGUMENTS + 1], *words[4], *rest = NULL;
  int argc = 0;
  for (int i = 0; i < 4; i++) {
    words[i] = strtok_r(i == 0 ? line : NULL, " \n", &rest);
    if (words[i] == NULL || words[i][0] == '#') return 0;
  }
  while (argc < MAX_ARGUMENTS && (argv[argc] = strtok_r(NULL, " \n", &rest)) != NULL) argc++;
  argv[argc] = NULL;
  printf("\n@@begin %s\n", words[0]);
  if (argc == 0 || argc == MAX_ARGUMENTS) {
    printf("@@end %s error=no command, or too many arguments\n", words[0]);
  } else if (write_text("/proc/sys/kernel/perf_event_paranoid", words[2]) != 0) {
    printf("@@end %s error=cannot set perf_event_paranoid: %s\n", words[0], strerror(errno));
  } else {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) run_child(words[0], (unsigned)strtoul(words[1], NULL, 10), argv);
    if (pid < 0) printf("@@end %s error=fork: %s\n", words[0], strerror(errno));
    else await(pid, words[0], atoi(words[3]));
  }
  return 1;
}

int main(void) {
  char line[MAX_LINE];
  int count = 0;
  mount_all();
  /* the kernel opened the console before /dev was there */
  int console = open("/dev/console", O_RDWR);
  for (int fd = 0; console >= 0 && fd < 3; fd++) dup2(console, fd);
  if (console > 2) close(console);
  setvbuf(stdout, NULL, _IOLBF, 0);
  setenv("PATH", "/usr/bin:/bin", 1);
  setenv("HOME", "/tmp", 1);
  setenv("NO_COLOR", "1", 1);
  setenv("top_builddir", "/usr/libexec/hakmem", 1); /* where tests look for hakmem-bench */
  setenv("HAKMEM_GUEST", "1", 1);
  FILE *list = fopen("/guest-tests", "re");
  if (list == NULL) printf("@@note no /guest-tests: %s\n", strerror(errno));
  while (list != NULL && fgets(line, sizeof line, list) != NULL) count += run_line(line);
  printf("\n@@done %d\n", count);
  sync();
  reboot(RB_POWER_OFF);
  return 1; /* a panic: qemu is told to end on it */
}
