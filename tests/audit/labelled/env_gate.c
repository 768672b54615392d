/* SPDX-License-Identifier: GPL-3.0-or-later */
// Behind an environment variable, read once. EXPECT g_measured TELEMETRY
// EXPECT g_wanted TELEMETRY
// ENV g_measured DEMO_MEASURE
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic unsigned long g_measured;
static atomic_int g_wanted = -1;
static int wanted(void)
{
  int w = atomic_load_explicit(&g_wanted, memory_order_relaxed);
  if (w < 0) {
    const char *e = getenv("DEMO_MEASURE");
    w = e != NULL && *e == '1';
    atomic_store_explicit(&g_wanted, w, memory_order_relaxed);
  }
  return w;
}
int main(void)
{
  if (wanted()) atomic_fetch_add(&g_measured, 1);
  printf("%lu\n", atomic_load(&g_measured));
  return 0;
}
