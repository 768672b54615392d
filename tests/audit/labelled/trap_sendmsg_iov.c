/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_seq CORRECTNESS
 * In a message that a struct of a struct points at. */
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
static _Atomic unsigned g_seq;
int main(void) {
  unsigned n = atomic_fetch_add(&g_seq, 1);
  char b[8];
  memcpy(b, &n, sizeof n);
  struct iovec v = {b, 8};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  return sendmsg(5, &m, 0) < 0;
}
