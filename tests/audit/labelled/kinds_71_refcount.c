/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT obj.stat_refs CORRECTNESS */
#include <stdatomic.h>
#include <stdlib.h>
struct obj {
  void *p;
  _Atomic int stat_refs;
};
void put(struct obj *o) {
  if (atomic_fetch_sub(&o->stat_refs, 1) == 1) free(o);
}
int main(void) {
  struct obj *o = calloc(1, sizeof *o);
  atomic_store(&o->stat_refs, 1);
  put(o);
  return 0;
}
