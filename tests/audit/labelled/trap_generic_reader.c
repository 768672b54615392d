/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT reads CORRECTNESS
 * _Generic chooses the reader, whose result is a length. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
static _Atomic int reads;
static char text[4096];
static int get_i(_Atomic int *p) {
  return atomic_load(p);
}
static long get_l(_Atomic long *p) {
  return atomic_load(p);
}
#define get(p) _Generic((p), _Atomic int * : get_i, _Atomic long * : get_l)(p)
int main(void) {
  atomic_fetch_add(&reads, 1);
  memset(text, 1, (size_t)get(&reads));
  return text[5];
}
