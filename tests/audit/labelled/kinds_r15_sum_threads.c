/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT thread.ops TELEMETRY : each thread's counter on a list, summed and printed */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
struct thread {
  struct thread *next;
  _Atomic long ops;
};
static struct thread *all;
int main(void) {
  struct thread *t = calloc(1, sizeof *t);
  if (!t) return 1;
  t->next = all;
  all = t;
  atomic_fetch_add(&t->ops, 1);
  long sum = 0;
  for (struct thread *i = all; i; i = i->next) sum += atomic_load(&i->ops);
  printf("%ld\n", sum);
  return 0;
}
