/* SPDX-License-Identifier: GPL-3.0-or-later */
// Others may read what its address was given to; a load that is only printed is not one of them.
// ROW g_bits load TELEMETRY
// ROW g_bits or UNKNOWN
// Memory behind a loaded pointer is not known well enough even so. ROW *g_where load UNKNOWN
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned long g_bits;
static _Atomic unsigned long *g_where;
static pthread_key_t key;
int main(void)
{
  pthread_setspecific(key, &g_bits);
  g_where = pthread_getspecific(key);
  atomic_fetch_or(&g_bits, 1);
  printf("%lu\n", atomic_load(&g_bits));
  printf("%lu\n", atomic_load(g_where));
  return 0;
}
