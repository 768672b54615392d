/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ticket CORRECTNESS : mixes into a hash by which a bucket is chosen */
#include <stdatomic.h>
static _Atomic unsigned ticket;
static int bucket[16];
unsigned place(unsigned k) { return (k * 2654435761u ^ atomic_fetch_add(&ticket, 1)) >> 28; }
int main(void) {
  bucket[place(3)]++;
  int n = 0;
  for (int i = 0; i < 16; i++) n += bucket[i] * i;
  return n;
}
