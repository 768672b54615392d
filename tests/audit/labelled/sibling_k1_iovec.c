/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT total CORRECTNESS : the length in an iovec */
#include <stdatomic.h>
#include <sys/uio.h>
static _Atomic unsigned long total;
static char b[100];
int main(void) {
  struct iovec v = {b, atomic_fetch_add(&total, 1)};
  return writev(5, &v, 1) < 0;
}
