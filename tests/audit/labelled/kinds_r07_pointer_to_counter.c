/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits TELEMETRY : a table of names and counters, walked to print */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic long hits, misses;
static const struct {
  const char *name;
  _Atomic long *c;
} table[] = { { "hits", &hits }, { "misses", &misses } };
int main(void) {
  atomic_fetch_add(&hits, 1);
  for (unsigned i = 0; i < 2; i++) printf("%s %ld\n", table[i].name, atomic_load(table[i].c));
  return 0;
}
