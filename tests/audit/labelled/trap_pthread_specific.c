/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT slots_used UNKNOWN
 * Really CORRECTNESS. It is kept by pthread_setspecific(). */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
static _Atomic long slots_used;
static pthread_key_t k;
int main(void) {
  pthread_key_create(&k, 0);
  pthread_setspecific(k, (void *)(intptr_t)atomic_fetch_add(&slots_used, 1));
  if ((intptr_t)pthread_getspecific(k) > 2)
    abort();
  return 0;
}
