/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_jobs CORRECTNESS
 * A command line. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic int g_jobs;
int main(void) {
  char t[64];
  snprintf(t, sizeof t, "worker %d", atomic_fetch_add(&g_jobs, 1));
  return system(t);
}
