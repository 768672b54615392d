/* SPDX-License-Identifier: GPL-3.0-or-later */
// One warning for each process. EXPECT g_warned TELEMETRY
#include <stdatomic.h>
#include <stdio.h>
static atomic_int g_warned;
static void warn_once(void) { if (!atomic_exchange(&g_warned, 1)) fputs("deprecated\n", stderr); }
int main(void) { warn_once(); return 0; }
