/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT phase_no CORRECTNESS
 * A switch picks a string that is opened. */
#include <fcntl.h>
#include <stdatomic.h>
static _Atomic unsigned phase_no;
static const char *name(unsigned n) {
  switch (n) {
  case 0:
    return "/a";
  case 1 ... 5:
    return "/b";
  default:
    return "/c";
  }
}
int main(void) {
  return open(name(atomic_fetch_add(&phase_no, 1)), O_RDONLY) < 0;
}
