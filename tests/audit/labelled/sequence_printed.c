/* SPDX-License-Identifier: GPL-3.0-or-later */
// A number that is kept in an object and printed. EXPECT g_serial TELEMETRY
#include <stdatomic.h>
#include <stdio.h>
struct event { unsigned long serial; const char *text; };
static _Atomic unsigned long g_serial;
static void stamp(struct event *e) { e->serial = atomic_fetch_add(&g_serial, 1); }
int main(void)
{
  struct event e = { 0, "start" };
  stamp(&e);
  printf("%lu %s\n", e.serial, e.text);
  return 0;
}
