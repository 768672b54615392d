/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT b.v CORRECTNESS : objects in a section walked by linker symbols in a helper */
#include <stdatomic.h>
#include <stdlib.h>
struct c {
  const char *n;
  _Atomic long v;
};
__attribute__((section("ctrs"), used)) static struct c b = {"b"};
extern struct c __start_ctrs[], __stop_ctrs[];
static long sum(struct c *p, struct c *e) {
  long s = 0;
  for (; p < e; p++)
    s += p->v;
  return s;
}
int main(int c, char **v) {
  atomic_fetch_add(&b.v, 1);
  if (sum(__start_ctrs, __stop_ctrs) > 3)
    free(v);
  return 0;
}
