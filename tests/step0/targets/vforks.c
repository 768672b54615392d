/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vforks.c N: a target that starts N programs by vfork, or until SIGTERM where N is 0. Each child
 * calls passed() twice in its parent's memory, takes its time, and calls execve; the parent calls
 * passed() once more. Says how many did not end by themselves. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t stop;
static void on_term(int signal) {
  (void)signal;
  stop = 1;
}

__attribute__((noinline)) int passed(int x) {
  __asm__ volatile("" ::: "memory");
  return x + 1;
}

int main(int n, char **a) {
  int wanted = n > 1 ? atoi(a[1]) : 0, made = 0, lost = 0;
  char *none[] = { "true", NULL };
  signal(SIGTERM, on_term);
  puts("ready");
  fflush(stdout);
  for (; !stop && (wanted == 0 || made < wanted); made++) {
    pid_t child = vfork();
    int status;
    if (child == 0) {
      passed(made);
      passed(made);
      usleep(1000);
      execv("/bin/true", none);
      _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) return 4;
    lost += status != 0;
    passed(made);
  }
  printf("%d made, %d lost\n", made, lost);
  return lost != 0;
}
