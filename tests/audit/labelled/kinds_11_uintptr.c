/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT stats.misses CORRECTNESS : read by an address that was a number */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
struct stats {
  _Atomic long hits, misses;
};
static struct stats s;
static void *block;
int main(void) {
  uintptr_t base = (uintptr_t)&s;
  atomic_fetch_add(&s.misses, 1);
  if (*(long *)(base + offsetof(struct stats, misses)) > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
