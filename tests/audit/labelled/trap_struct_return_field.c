/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT c.a CORRECTNESS
 * A snapshot by value of which a field is looked at. */
#include <stdatomic.h>
#include <stdlib.h>
static struct { _Atomic long a, b; } c;
struct snap {
  long a, b;
};
static struct snap take(void) {
  return (struct snap){c.a, c.b};
}
int main(void) {
  atomic_fetch_add(&c.a, 1);
  struct snap s = take();
  if (s.a > 5)
    abort();
  return 0;
}
