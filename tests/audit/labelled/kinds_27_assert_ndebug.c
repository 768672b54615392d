/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT live CORRECTNESS : assert() with NDEBUG; the other build aborts by it
   FLAGS -DNDEBUG */
#include <assert.h>
#include <stdatomic.h>
static _Atomic long live;
int main(void) {
  atomic_fetch_add(&live, 1);
  assert(atomic_load(&live) < 1000);
  return 0;
}
