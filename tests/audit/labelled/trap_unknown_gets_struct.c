/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n UNKNOWN
 * The same in a struct that holds a pointer. */
#include <stdatomic.h>
static _Atomic int g_n;
struct req {
  int kind;
  const int *value;
};
extern int lib_run(const struct req *r);
int main(void) {
  int v = atomic_fetch_add(&g_n, 1);
  struct req r = {1, &v};
  return lib_run(&r);
}
