/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT tag.version CORRECTNESS : a version in a struct of its own that a whole-word compare reads
   through a union */
#include <stdatomic.h>
#include <stdint.h>
struct tag {
  _Atomic uint32_t index, version;
};
static union {
  struct tag t;
  _Atomic uint64_t word;
} head;
static uint32_t nexts[64];
void bump(void) { atomic_fetch_add(&head.t.version, 1); }
void push(uint32_t i) {
  uint64_t h = atomic_load(&head.word);
  do nexts[i] = (uint32_t)h;
  while (!atomic_compare_exchange_weak(&head.word, &h, (h & ~0xffffffffull) | i));
}
int main(void) {
  bump();
  push(3);
  return 0;
}
