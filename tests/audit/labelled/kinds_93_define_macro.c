/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used CORRECTNESS : the long spelling of -D
   FLAGS --define-macro=EVICT=1 */
#include <stdatomic.h>
#include <stdlib.h>
#ifndef EVICT
# define EVICT 0
#endif
static _Atomic long used;
static void *block;
int main(void) {
  atomic_fetch_add(&used, 1);
  if (EVICT && atomic_load(&used) > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
