/* SPDX-License-Identifier: GPL-3.0-or-later */
// The last user frees. EXPECT object.users CORRECTNESS
#include <stdatomic.h>
#include <stdlib.h>
struct object { _Atomic int users; int value; };
static void drop(struct object *o) { if (atomic_fetch_sub(&o->users, 1) == 1) free(o); }
int main(void)
{
  struct object *o = calloc(1, sizeof *o);
  if (o) { atomic_store(&o->users, 1); drop(o); }
  return 0;
}
