/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN : a library hands it out in a public struct, under no stats name */
#include <stdatomic.h>
struct pool_info {
  long limit, used;
};
static _Atomic long used;
static struct pool_info info;
void *pool_get(void) {
  atomic_fetch_add(&used, 1);
  return 0;
}
const struct pool_info *pool_info(void) {
  info.used = atomic_load(&used);
  return &info;
}
