/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : a write of eight bytes to an eventfd wakes somebody */
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>
static _Atomic uint64_t n;
int main(void) {
  int fd = eventfd(0, 0);
  uint64_t v = atomic_fetch_add(&n, 1);
  return write(fd, &v, 8) != 8;
}
