/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_rr CORRECTNESS
 * The index of an array of descriptors, one of which is closed. */
#include <stdatomic.h>
#include <unistd.h>
static _Atomic unsigned g_rr;
static int fds[4];
int main(void) {
  return close(fds[atomic_fetch_add(&g_rr, 1) & 3]);
}
