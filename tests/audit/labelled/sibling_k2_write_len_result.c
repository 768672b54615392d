/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : as many bytes as counted are sent to a peer */
#include <stdatomic.h>
#include <sys/socket.h>
static _Atomic long hits;
static char b[8];
int main(void) {
  return send(3, b, atomic_fetch_add(&hits, 1) & 7, 0) < 0;
}
