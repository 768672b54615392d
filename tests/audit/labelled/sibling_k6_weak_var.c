/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT limit CORRECTNESS : a weak variable which another unit defines strongly
   WITH sibling_k6_weak_var.part.c */
#include <stdlib.h>
__attribute__((weak)) long limit;
int main(void) {
  __atomic_fetch_add(&limit, 1, 0);
  return 0;
}
