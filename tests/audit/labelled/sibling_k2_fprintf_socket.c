/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT id UNKNOWN : a stream around a socket: a protocol's sequence number */
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
static _Atomic int id;
int main(void) {
  FILE *f = fdopen(socket(2, 1, 0), "w");
  fprintf(f, "SEQ %d\r\n", atomic_fetch_add(&id, 1));
  return 0;
}
