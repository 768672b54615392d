/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What this build leaves out is compiled once more, and the worst class of both counts.
 * FLAGS -DNDEBUG
 * EXPECT g_checked CORRECTNESS
 * SAYS g_checked -UNDEBUG
 * EXPECT g_logged TELEMETRY : the check that is nothing here is a line of a log elsewhere
 * EXPECT g_tuned CORRECTNESS
 * SAYS g_tuned -DTUNE_DEPTH=3
 * EXPECT g_foreign UNKNOWN : no second configuration on this machine has it
 * EXPECT g_chain CORRECTNESS : stored here, looked at there */
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic long g_checked, g_logged, g_tuned, g_foreign, g_chain;
static long g_copy;
#ifdef VERBOSE
#define NOTE(v) fprintf(stderr, "%ld\n", (long)(v))
#else
#define NOTE(v) ((void)0)
#endif
#ifndef TUNE_DEPTH
#define TUNE_DEPTH 0
#endif
int main(void) {
  atomic_fetch_add(&g_checked, 1);
  atomic_fetch_add(&g_logged, 1);
  atomic_fetch_add(&g_tuned, 1);
  atomic_fetch_add(&g_foreign, 1);
  g_copy = atomic_fetch_add(&g_chain, 1);
  assert(g_checked < 100);
  NOTE(g_logged);
#if TUNE_DEPTH >= 3
  if (g_tuned > 5)
    free(malloc(9));
#endif
#ifdef TRACE_COPY
  if (g_copy > 5)
    abort();
#endif
#ifdef __sparc__
  if (g_foreign > 5)
    abort();
#endif
  return 0;
}
