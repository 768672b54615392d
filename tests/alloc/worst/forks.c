/* SPDX-License-Identifier: GPL-3.0-or-later */
/* forks.c: a thread allocates under handlers.c's lock while the program forks; a child that hangs is ended. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern pthread_mutex_t handlers_lock;
static _Atomic int stop;

static void *worker(void *unused) {
  while (!atomic_load(&stop)) {
    void *p[64];
    pthread_mutex_lock(&handlers_lock);
    for (int i = 0; i < 64; i++) p[i] = malloc(20 + (size_t)i * 97 + (i == 63 ? 100000 : 0));
    for (int i = 0; i < 64; i++) free(p[i]);
    pthread_mutex_unlock(&handlers_lock);
  }
  return unused;
}

int main(int count, char **argument) {
  int forks = count > 1 ? atoi(argument[1]) : 200;
  pthread_t t;
  alarm(count > 1 ? 1200 : 300);
  if (pthread_create(&t, NULL, worker, NULL) != 0) return 99;
  for (int i = 0; i < forks; i++) {
    pid_t child = fork();
    if (child == 0) {
      pthread_t u;
      alarm(120);
      atomic_store(&stop, 1);
      free(malloc(100));
      if (i % 10 == 0 && pthread_create(&u, NULL, worker, NULL) == 0) pthread_join(u, NULL);
      _exit(0);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
      fprintf(stderr, "FAIL: child %d, status %x\n", i, (unsigned)status);
      return 1;
    }
  }
  atomic_store(&stop, 1);
  pthread_join(t, NULL);
  printf("%d forks\n", forks);
  return 0;
}
