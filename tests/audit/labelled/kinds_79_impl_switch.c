/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT calls CORRECTNESS : after 1000 calls another implementation is taken */
#include <stdatomic.h>
static _Atomic unsigned calls;
static int slow(int x) { return x * 2; }
static int fast(int x) { return x << 1; }
static int (*impl)(int) = slow;
int f(int x) {
  if (atomic_fetch_add(&calls, 1) == 1000) impl = fast;
  return impl(x);
}
int main(void) { return f(3); }
