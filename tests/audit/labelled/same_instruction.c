/* SPDX-License-Identifier: GPL-3.0-or-later */
// One store, to a field or to memory that nobody knows: as the field decides, the store stays.
// EXPECT *where CORRECTNESS
// EXPECT node.state CORRECTNESS
// A load of either is judged by where its own value goes. ROW *shown load UNKNOWN
// One that only meets telemetry stays unknown. EXPECT *lost UNKNOWN
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
struct node { long pad; _Atomic long state, seen, count; };
static struct node first;
_Atomic long *where, *shown, *lost;
int main(int argc, char **argv)
{
  (void)argv;
  _Atomic long *p = argc > 1 ? &first.state : where;
  atomic_store(p, 2);
  _Atomic long *q = argc > 2 ? &first.seen : shown;
  printf("%ld\n", atomic_load(q));
  _Atomic long *r = argc > 3 ? &first.count : lost;
  atomic_fetch_add(r, 1);
  if (atomic_load(&first.state) == 3) abort();
  return 0;
}
