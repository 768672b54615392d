/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used CORRECTNESS : compiled twice, the second time for a trimming cache
   TWICE -DTRIM */
#include <stdatomic.h>
#include <stdlib.h>
#ifndef TRIM
_Atomic long used;
int trim(void);
int main(void) {
  atomic_fetch_add(&used, 1);
  return trim();
}
#else
extern _Atomic long used;
static void *block;
int trim(void) {
  if (atomic_load(&used) > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
#endif
