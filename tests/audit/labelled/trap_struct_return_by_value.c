/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT counters.a CORRECTNESS
 * A snapshot by value, passed on and compared as memory. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
struct counters {
  _Atomic long a, b;
};
struct snap {
  long a, b;
};
static struct counters c;
static struct snap take(void) {
  return (struct snap){c.a, c.b};
}
int main(void) {
  atomic_fetch_add(&c.a, 1);
  struct snap x = take(), y = take();
  if (memcmp(&x, &y, sizeof x))
    abort();
  return 0;
}
