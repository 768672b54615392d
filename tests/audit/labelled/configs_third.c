/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n UNKNOWN : really CORRECTNESS; of three definitions of the check two are read */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long g_n;
#if defined(VERBOSE)
#define NOTE(v) fprintf(stderr, "%ld\n", (long)(v))
#elif defined(PARANOID)
#define NOTE(v) ((v) > 9 ? abort() : (void)0)
#else
#define NOTE(v) ((void)0)
#endif
int main(void) {
  atomic_fetch_add(&g_n, 1);
  NOTE(g_n);
  return 0;
}
