/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forks.c: a target that makes processes all the time, from eight threads; each child passes
 * loop:turn some times and ends. After a byte on stdin it says how many there were and how many did
 * not end by themselves, and ends. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sdt.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int stop;

__attribute__((noinline)) void loop_turn(void) { STAP_PROBE(loop, turn); }

static void *work(void *number) {
  int *n = number;
  while (!stop) {
    pid_t child = fork();
    int status = 0;
    if (child == 0) {
      for (int i = 0; i < 200; i++) loop_turn();
      _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) exit(4);
    n[0]++;
    n[1] += status != 0;
  }
  return NULL;
}

int main(void) {
  enum { THREADS = 8 };
  static int counts[THREADS][2]; /* made, lost */
  int total = 0, lost = 0;
  pthread_t t[THREADS];
  for (int i = 0; i < THREADS; i++)
    if (pthread_create(&t[i], NULL, work, counts[i]) != 0) return 3;
  printf("%d\n", (int)getpid());
  fflush(stdout);
  if (getchar() == EOF) return 3;
  stop = 1;
  for (int i = 0; i < THREADS; i++) {
    pthread_join(t[i], NULL);
    total += counts[i][0];
    lost += counts[i][1];
  }
  printf("%d made, %d lost\n", total, lost);
  return 0;
}
