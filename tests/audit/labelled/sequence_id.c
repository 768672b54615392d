/* SPDX-License-Identifier: GPL-3.0-or-later */
// A number that is kept in an object and decides later. EXPECT g_next CORRECTNESS
#include <stdatomic.h>
#include <stdlib.h>
struct job { unsigned long number; };
static _Atomic unsigned long g_next;
static void stamp(struct job *j) { j->number = atomic_fetch_add(&g_next, 1); }
static void finish(struct job *j, unsigned long newest) { if (j->number < newest) free(j); }
int main(void)
{
  struct job *j = malloc(sizeof *j);
  if (j) { stamp(j); finish(j, 7); }
  return 0;
}
