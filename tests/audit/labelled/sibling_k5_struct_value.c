/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN : returned as a big struct by value */
#include <stdatomic.h>
struct info {
  long a[4];
  long used;
};
static _Atomic long used;
struct info pool_info(void) {
  struct info i = {{0}};
  i.used = atomic_fetch_add(&used, 1);
  return i;
}
