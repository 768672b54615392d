/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ticker.c: `ticker TENTHS [PAUSE]`: calls a function every 5000 microseconds, or PAUSE, in two threads, and
 * says at the end how often. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

long ticks;
static int tenths, pause_us = 5000;
__attribute__((noinline)) void tick(void) {
  __atomic_fetch_add(&ticks, 1, __ATOMIC_RELAXED);
  __asm__ volatile("");
}
static void *run(void *unused) {
  for (int i = 0; i < tenths * 20; i++) {
    tick();
    usleep((useconds_t)pause_us);
  }
  return unused;
}
int main(int argc, char **argv) {
  pthread_t other;
  tenths = argc > 1 ? atoi(argv[1]) : 10;
  if (argc > 2) pause_us = atoi(argv[2]);
  pthread_create(&other, NULL, run, NULL);
  run(NULL);
  pthread_join(other, NULL);
  printf("ticks=%ld\n", ticks);
  return ticks != tenths * 40;
}
