/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_jobs UNKNOWN
 * Really CORRECTNESS. The input of a program that is started. */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int g_jobs;
int main(void) {
  FILE *f = popen("worker", "w");
  fprintf(f, "%d\n", atomic_fetch_add(&g_jobs, 1));
  return pclose(f);
}
