/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT commits CORRECTNESS : each 64th commit makes the journal durable */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned commits;
static FILE *journal;
void commit(const char *rec) {
  fputs(rec, journal);
  if (atomic_fetch_add(&commits, 1) % 64 == 63) fflush(journal);
}
int main(void) {
  journal = fopen("/tmp/j", "a");
  commit("x\n");
  return 0;
}
