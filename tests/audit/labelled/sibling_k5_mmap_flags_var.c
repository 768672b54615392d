/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT sh.n UNKNOWN : flags in a variable */
#include <stdatomic.h>
#include <fcntl.h>
#include <sys/mman.h>
struct sh {
  _Atomic long n;
};
static struct sh *g;
int main(int c, char **v) {
  int fl = MAP_SHARED | (c > 1 ? MAP_LOCKED : 0);
  g = mmap(0, 4096, 3, fl, open("/tmp/x", O_RDWR), 0);
  atomic_fetch_add(&g->n, 1);
  return 0;
}
