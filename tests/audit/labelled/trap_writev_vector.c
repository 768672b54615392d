/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT sent CORRECTNESS
 * A length in a vector of writev(). */
#include <stdatomic.h>
#include <sys/uio.h>
static _Atomic unsigned sent;
static char b[64];
int main(void) {
  struct iovec v = {b, atomic_fetch_add(&sent, 1) & 63};
  return writev(1, &v, 1) < 0;
}
