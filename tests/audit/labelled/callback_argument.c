/* SPDX-License-Identifier: GPL-3.0-or-later */
// A pointer that a callback gets is there to be dereferenced. EXPECT g_context CORRECTNESS
// A number that it gets may be for a report. EXPECT g_number UNKNOWN
#include <stdatomic.h>
static _Atomic(void *) g_context;
static _Atomic unsigned long g_number;
void (*on_error)(int, void *);
void (*on_count)(unsigned long);
void pool_register(void *context);
void pool_register(void *context) { atomic_store(&g_context, context); }
void pool_error(int code);
void pool_error(int code)
{
  unsigned long n = atomic_fetch_add(&g_number, 1);
  if (on_error) on_error(code, atomic_load(&g_context));
  if (on_count) on_count(n);
}
