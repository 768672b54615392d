/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used CORRECTNESS : the strong definition being the first unit
   WITH kinds_75_weak_in_program.part.c */
#include <stdatomic.h>
#include <stdlib.h>
static void *block;
void on_change(long n) {
  if (n > 10) {
    free(block);
    block = 0;
  }
}
_Atomic long used;
void touch(void);
int main(void) {
  touch();
  return 0;
}
