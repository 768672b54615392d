/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT rows UNKNOWN
 * Really CORRECTNESS. A field of a struct that ioctl() sets. */
#include <stdatomic.h>
#include <sys/ioctl.h>
static _Atomic unsigned short rows;
int main(void) {
  struct winsize w = {.ws_row = atomic_fetch_add(&rows, 1)};
  return ioctl(0, TIOCSWINSZ, &w);
}
