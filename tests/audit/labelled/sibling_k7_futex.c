/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : a futex word by syscall */
#include <stdatomic.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
static _Atomic int n;
int main(void) {
  atomic_fetch_add(&n, 1);
  syscall(SYS_futex, &n, FUTEX_WAKE, 1, 0, 0, 0);
  return 0;
}
