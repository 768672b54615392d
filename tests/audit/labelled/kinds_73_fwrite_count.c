/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT len CORRECTNESS : the length of an answer on the wire */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned len;
static char answer[4096];
int main(void) {
  atomic_fetch_add(&len, 12);
  fwrite(answer, 1, atomic_load(&len), stdout);
  return 0;
}
