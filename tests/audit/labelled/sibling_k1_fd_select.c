/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : FD_SET of a descriptor chosen by a count, then select */
#include <stdatomic.h>
#include <sys/select.h>
static _Atomic long hits;
int main(void) {
  fd_set s;
  FD_ZERO(&s);
  FD_SET(atomic_fetch_add(&hits, 1) % 8, &s);
  return select(8, &s, 0, 0, 0);
}
