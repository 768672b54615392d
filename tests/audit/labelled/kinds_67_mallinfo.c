/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN : a big struct returned by value to the library's users, under no stats name */
#include <stdatomic.h>
struct usage {
  long limit, used, a, b;
};
static _Atomic long used;
void *pool_get(void) {
  atomic_fetch_add(&used, 1);
  return 0;
}
struct usage pool_usage(void) {
  struct usage u = { 5, atomic_load(&used), 0, 0 };
  return u;
}
