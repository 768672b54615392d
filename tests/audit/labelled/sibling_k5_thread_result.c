/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : a thread's result */
#include <stdatomic.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
static _Atomic long n;
static void *run(void *a) {
  return (void *)(intptr_t)atomic_fetch_add(&n, 1);
}
int main(void) {
  pthread_t t;
  void *r;
  pthread_create(&t, 0, run, 0);
  pthread_join(t, &r);
  if ((intptr_t)r > 3)
    abort();
  return 0;
}
