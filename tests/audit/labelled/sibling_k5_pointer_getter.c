/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN : a library returns the address */
#include <stdatomic.h>
static _Atomic long used;
void *where(void) {
  return &used;
}
void get(void) {
  atomic_fetch_add(&used, 1);
}
