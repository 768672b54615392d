/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT started UNKNOWN
 * Really CORRECTNESS. It goes to a thread as the number in its pointer. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
static _Atomic long started;
static void *run(void *p) {
  if ((intptr_t)p > 3)
    abort();
  return p;
}
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, run, (void *)(intptr_t)atomic_fetch_add(&started, 1));
  pthread_join(t, 0);
  return 0;
}
