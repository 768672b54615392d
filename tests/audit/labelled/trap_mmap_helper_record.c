/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT board.n UNKNOWN
 * Really CORRECTNESS: a helper maps, and its flags come from its caller. */
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
struct board {
  _Atomic long n;
};
static struct board *b;
static void *map(int flags, int fd) {
  return mmap(0, 4096, PROT_READ | PROT_WRITE, flags, fd, 0);
}
int main(void) {
  b = map(MAP_SHARED, open("/run/board", O_RDWR));
  atomic_fetch_add(&b->n, 1);
  return 0;
}
