/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT sh.n UNKNOWN : a shared mapping other processes read */
#include <stdatomic.h>
#include <fcntl.h>
#include <sys/mman.h>
struct sh {
  _Atomic long n;
};
int main(void) {
  struct sh *s = mmap(0, 4096, 3, MAP_SHARED, open("/tmp/x", O_RDWR), 0);
  atomic_fetch_add(&s->n, 1);
  return 0;
}
