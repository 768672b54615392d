/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crowd.c: `crowd THREADS TIMES`: all threads run one function whose first instruction is locked. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static long ran;
static __attribute__((noinline)) void meet(void) {
  __atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
  __asm__ volatile("");
}
static void *member(void *times) {
  for (long i = 0; i < (long)times; i++) meet();
  return NULL;
}
int main(int argc, char **argv) {
  pthread_t thread[256];
  int threads = argc > 1 ? atoi(argv[1]) : 4;
  long times = argc > 2 ? atol(argv[2]) : 10;
  if (threads > 256) return 2;
  for (int i = 0; i < threads; i++) pthread_create(&thread[i], NULL, member, (void *)times);
  for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
  printf("meet=%ld\n", ran);
  return 0;
}
