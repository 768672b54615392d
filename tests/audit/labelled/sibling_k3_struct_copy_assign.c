/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT in.b CORRECTNESS : assigned as a struct, read from the copy */
#include <stdatomic.h>
#include <stdlib.h>
struct in {
  long a, b;
};
static struct { struct in i; } s;
int main(int c, char **v) {
  __atomic_fetch_add(&s.i.b, 1, 0);
  struct in k = s.i;
  if (k.b > 3)
    free(v);
  return 0;
}
