/* SPDX-License-Identifier: GPL-3.0-or-later */
// Behind a compile gate. EXPECT g_gated TELEMETRY
// GATE g_gated DEMO_COUNT
#define DEMO_COUNT 1
static unsigned long g_gated;
int main(void)
{
#if DEMO_COUNT
  __atomic_fetch_add(&g_gated, 1, __ATOMIC_RELAXED);
#endif
  return 0;
}
