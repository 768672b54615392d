/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * Registered with its name and address, and found by name. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
static _Atomic long g_n;
static struct {
  const char *name;
  _Atomic long *at;
} reg[8];
static int regs;
static void add(const char *n, _Atomic long *p) {
  reg[regs].name = n;
  reg[regs++].at = p;
}
static long get(const char *n) {
  for (int i = 0; i < regs; i++)
    if (!strcmp(reg[i].name, n))
      return *reg[i].at;
  return 0;
}
int main(void) {
  add("n", &g_n);
  atomic_fetch_add(&g_n, 1);
  if (get("n") > 4)
    abort();
  return 0;
}
