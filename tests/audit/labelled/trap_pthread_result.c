/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ended UNKNOWN
 * Really CORRECTNESS. It comes back from a thread by pthread_join(). */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
static _Atomic long ended;
static void *run(void *p) {
  (void)p;
  return (void *)(intptr_t)atomic_fetch_add(&ended, 1);
}
int main(void) {
  pthread_t t;
  void *r = 0;
  pthread_create(&t, 0, run, 0);
  pthread_join(t, &r);
  if ((intptr_t)r > 3)
    abort();
  return 0;
}
