/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT sh.n UNKNOWN : the same, kept in a global, in a helper */
#include <stdatomic.h>
#include <fcntl.h>
#include <sys/mman.h>
struct sh {
  _Atomic long n;
};
static struct sh *g;
static void *attach(const char *f) {
  return mmap(0, 4096, 3, MAP_SHARED, open(f, O_RDWR), 0);
}
int main(void) {
  g = attach("/tmp/x");
  atomic_fetch_add(&g->n, 1);
  return 0;
}
