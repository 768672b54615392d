/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT fails UNKNOWN : becomes errno */
#include <stdatomic.h>
#include <errno.h>
static _Atomic int fails;
int op(void) {
  errno = atomic_fetch_add(&fails, 1);
  return -1;
}
