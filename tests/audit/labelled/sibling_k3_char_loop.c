/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g.c1 CORRECTNESS : a checksum over the bytes of a struct */
#include <stdatomic.h>
#include <stdlib.h>
struct s {
  int a;
  _Atomic int c1;
};
static struct s g;
static unsigned sum(const void *p, unsigned n) {
  unsigned r = 0;
  const unsigned char *b = p;
  while (n--)
    r += *b++;
  return r;
}
int main(int c, char **v) {
  atomic_fetch_add(&g.c1, 1);
  if (sum(&g, sizeof g) == 77)
    free(v);
  return 0;
}
