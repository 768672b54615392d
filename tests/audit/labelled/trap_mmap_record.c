/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT record.n UNKNOWN
 * Really CORRECTNESS: other programs map the record too. */
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
struct record {
  _Atomic long n;
};
int main(void) {
  int fd = open("/run/record", O_RDWR);
  struct record *r = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  atomic_fetch_add(&r->n, 1);
  return 0;
}
