/* SPDX-License-Identifier: GPL-3.0-or-later */
/* loop.c: a target to attach to. Four threads and main exist when it prints its pid; after a line
 * on stdin each thread passes loop:turn N times, and two processes forked then do so too: 6 N.
 * N = 0: they go on until they are killed, a minute at most. At its end it looks whether its code is as it was. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sdt.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t go;
static volatile int sink;
static int turns;

__attribute__((noinline)) void loop_turn(int i) {
  STAP_PROBE(loop, turn);
  sink += i;
}

static void *work(void *arg) {
  pthread_barrier_wait(&go);
  for (int i = 0; turns == 0 || i < turns; i++) loop_turn(i);
  return arg;
}

int main(int argc, char **argv) {
  pthread_t t[4];
  unsigned char before[16];
  char line[8];
  turns = argc > 1 ? atoi(argv[1]) : 100;
  memcpy(before, (const void *)(long)loop_turn, sizeof before);
  alarm(60);
  pthread_barrier_init(&go, NULL, 5);
  for (int i = 0; i < 4; i++)
    if (pthread_create(&t[i], NULL, work, NULL) != 0) return 2;
  printf("%d\n", (int)getpid());
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) return 3;
  pthread_barrier_wait(&go);
  for (int k = 0; k < 2; k++)
    if (fork() == 0) {
      alarm(60);
      for (int i = 0; turns == 0 || i < turns; i++) loop_turn(i);
      _exit(0);
    }
  for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
  for (int k = 0; k < 2; k++) {
    int status = 1;
    if (wait(&status) < 0 || status != 0) return 4;
  }
  puts("counted");
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) return 3;
  return memcmp(before, (const void *)(long)loop_turn, sizeof before) == 0 ? 0 : 5;
}
