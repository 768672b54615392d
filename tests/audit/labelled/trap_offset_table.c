/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT st.b CORRECTNESS
 * Read by a table of offsets. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
static struct st { _Atomic long a, b; } s;
static const struct {
  const char *n;
  size_t off;
} f[] = {{"a", offsetof(struct st, a)}, {"b", offsetof(struct st, b)}};
static long get(int i) {
  return *(_Atomic long *)((char *)&s + f[i].off);
}
int main(int argc, char **v) {
  (void)v;
  atomic_fetch_add(&s.b, 1);
  if (get(argc & 1) > 4)
    abort();
  return 0;
}
