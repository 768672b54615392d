/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_gen UNKNOWN
 * Really CORRECTNESS. A generation that futex waits on by syscall(). */
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>
static _Atomic int g_gen;
int main(void) {
  atomic_fetch_add(&g_gen, 1);
  return (int)syscall(SYS_futex, &g_gen, 0, 5, 0, 0, 0);
}
