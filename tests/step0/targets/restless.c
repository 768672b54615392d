/* SPDX-License-Identifier: GPL-3.0-or-later */
/* restless.c MODE SECONDS: targets that are hard to let go of. Each calls passed(), and ends with 7 after
 * the time if nothing that it started ended by a signal.
 *   exec     threads spin, and one that is not the leader calls execve, over and over
 *   threads  threads are made and end all the time
 *   vfork    programs are started by vfork and execve at once
 *   exit     processes of several threads that one of them ends */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double end_s;
static char **arguments;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

__attribute__((noinline)) int passed(int x) {
  __asm__ volatile("" ::: "memory");
  return x + 1;
}

static void *spin(void *arg) {
  for (int i = 0;; i++) {
    passed(i);
    if (i % 64 == 0) usleep(100);
  }
  return arg;
}

static void start(void *(*run)(void *), int count) {
  pthread_t t;
  while (count-- > 0)
    if (pthread_create(&t, NULL, run, NULL) != 0) exit(3);
}

static void *again(void *arg) {
  usleep(5000);
  if (now() > end_s) _exit(7);
  execv("/proc/self/exe", arguments);
  _exit(4);
  return arg;
}

static void *short_lived(void *arg) {
  passed(1);
  return arg;
}

static int one_round(const char *mode) {
  int status = 0;
  if (strcmp(mode, "threads") == 0) {
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
      if (pthread_create(&t[i], NULL, short_lived, NULL) != 0) return 3;
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
    return 0;
  }
  pid_t child = strcmp(mode, "vfork") == 0 ? vfork() : fork();
  if (child == 0 && strcmp(mode, "vfork") == 0) {
    execl("/bin/true", "true", (char *)NULL);
    _exit(4);
  }
  if (child == 0) {
    start(spin, 3);
    usleep(1000);
    _exit(0);
  }
  if (child < 0 || waitpid(child, &status, 0) != child) return 5;
  passed(0);
  return status;
}

int main(int n, char **a) {
  static char until[40];
  if (n < 3) return 2;
  end_s = a[2][0] == '+' ? now() + atof(a[2] + 1) : atof(a[2]);
  snprintf(until, sizeof until, "%.6f", end_s);
  if (a[2][0] == '+') {
    puts("ready");
    fflush(stdout);
  }
  a[2] = until;
  arguments = a;
  if (strcmp(a[1], "exec") == 0) {
    start(spin, 3);
    start(again, 1);
    spin(NULL);
  }
  while (now() < end_s) {
    int status = one_round(a[1]);
    if (status != 0) {
      printf("something ended with status %#x\n", (unsigned)status);
      return 1;
    }
  }
  return 7;
}
