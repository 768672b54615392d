/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT counter CORRECTNESS : another unit reads it under an asm label
   WITH kinds_13_asm_label.part.c */
#include <stdatomic.h>
_Atomic long counter;
void look(void);
int main(void) {
  atomic_fetch_add(&counter, 1);
  look();
  return 0;
}
