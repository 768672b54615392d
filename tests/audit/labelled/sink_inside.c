/* SPDX-License-Identifier: GPL-3.0-or-later */
// What happens within a function that only reports is reporting, the guard against its own
// recursion too. SINK emit
// EXPECT g_errors TELEMETRY
// The output function may dereference what it is given. EXPECT g_out_arg CORRECTNESS
// EXPECT g_shown_number TELEMETRY
// What it lets change decides elsewhere. EXPECT g_warnings CORRECTNESS
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
static _Atomic unsigned long g_errors, g_warnings;
static _Thread_local bool busy, busy_too;
static _Atomic(void *) g_out_arg;
static _Atomic unsigned long g_shown_number;
void (*out)(const char *, void *, unsigned long);
void pool_register(void *arg);
void pool_register(void *arg) { atomic_store(&g_out_arg, arg); }
static bool enter(void)
{
  if (busy) return false;
  busy = true;
  return true;
}
static void emit(const char *text)
{
  if (!enter()) return;
  out(text, atomic_load(&g_out_arg), atomic_fetch_add(&g_shown_number, 1));
  busy = false;
}
void pool_error(void);
void pool_error(void)
{
  if (atomic_fetch_add(&g_errors, 1) > 16) return;
  if (!enter()) return;
  busy = false;
  emit("error\n");
}
void pool_warning(void);
void pool_warning(void)
{
  if (atomic_fetch_add(&g_warnings, 1) > 16) return;
  busy_too = true;
  emit("warning\n");
}
void pool_check(void);
void pool_check(void) { if (busy_too) abort(); }
