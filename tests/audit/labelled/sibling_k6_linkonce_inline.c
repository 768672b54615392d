/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : extern inline bodies differ between units
   FLAGS -std=gnu89
   WITH sibling_k6_linkonce_inline.part.c */
#include <stdlib.h>
static long hits;
long seen(long n);
int main(void) {
  seen(__atomic_fetch_add(&hits, 1, 0));
  return 0;
}
