/* SPDX-License-Identifier: GPL-3.0-or-later */
/* handlers.c: a library that a program needs: its constructor registers fork handlers which take a lock that
 * threads hold while they allocate, and which allocate themselves. */
#include <pthread.h>
#include <stdlib.h>

pthread_mutex_t handlers_lock = PTHREAD_MUTEX_INITIALIZER;
static void *kept;

static void allocate(void) {
  void *p[60];
  for (int i = 0; i < 60; i++) p[i] = malloc(30 + (size_t)i * (i == 59 ? 3000 : 97));
  for (int i = 0; i < 60; i++) free(p[i]);
}
static void before(void) {
  pthread_mutex_lock(&handlers_lock);
  kept = malloc(100);
  allocate();
}
static void after(void) {
  allocate();
  free(kept);
  pthread_mutex_unlock(&handlers_lock);
}
__attribute__((constructor)) static void handlers_init(void) { pthread_atfork(before, after, after); }
