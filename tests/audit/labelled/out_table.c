/* SPDX-License-Identifier: GPL-3.0-or-later */
// Statistics that a table of functions hands out by copy, with a length that is the caller's.
// EXPECT g_purges TELEMETRY
// The same under a name that does not say what for. EXPECT g_limit UNKNOWN
// It is the length itself. EXPECT g_length CORRECTNESS
// Installed while running, so that anybody may call it. EXPECT g_hooked UNKNOWN
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
static _Atomic unsigned long g_purges, g_limit, g_length, g_hooked;
typedef int control(void *old, size_t *length);
static int hand_out(void *old, size_t *length, unsigned long v) __attribute__((always_inline));
static inline int hand_out(void *old, size_t *length, unsigned long v)
{
  if (!old || !length)
    return 0;
  if (*length != sizeof v) {
    size_t n = *length < sizeof v ? *length : sizeof v;
    memcpy(old, &v, n);
    *length = n;
    return EINVAL;
  }
  *(unsigned long *)old = v;
  return 0;
}
static int stats_purges_ctl(void *old, size_t *length)
{
  unsigned long v = atomic_load(&g_purges);
  if (!old || !length)
    return 0;
  if (*length != sizeof v) {
    size_t n = *length < sizeof v ? *length : sizeof v;
    memcpy(old, &v, n);
    *length = n;
    return EINVAL;
  }
  *(unsigned long *)old = v;
  return 0;
}
static int limit_ctl(void *old, size_t *length) { return hand_out(old, length, atomic_load(&g_limit)); }
static int stats_length_ctl(void *old, size_t *length)
{
  unsigned long zero[8] = { 0 };
  (void)length;
  memcpy(old, zero, atomic_load(&g_length));
  return 0;
}
static int stats_hooked_ctl(void *old, size_t *length) { return hand_out(old, length, atomic_load(&g_hooked)); }
static const struct { const char *name; control *f; } table[] = {
  { "purges", stats_purges_ctl }, { "limit", limit_ctl }, { "length", stats_length_ctl }
};
control *hook;
void pool_install(void);
void pool_install(void) { hook = stats_hooked_ctl; }
int pool_control(const char *name, void *old, size_t *length);
int pool_control(const char *name, void *old, size_t *length)
{
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (strcmp(table[i].name, name) == 0)
      return table[i].f(old, length);
  return ENOENT;
}
void pool_take(void);
void pool_take(void)
{
  atomic_fetch_add(&g_purges, 1);
  atomic_fetch_add(&g_limit, 1);
  atomic_fetch_add(&g_length, 1);
  atomic_fetch_add(&g_hooked, 1);
}
