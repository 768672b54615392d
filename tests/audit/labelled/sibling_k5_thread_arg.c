/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : passed to a thread as its argument, which acts by it */
#include <stdatomic.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
static _Atomic long n;
static void *run(void *a) {
  if ((intptr_t)a > 3)
    abort();
  return 0;
}
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, run, (void *)(intptr_t)atomic_fetch_add(&n, 1));
  return 0;
}
