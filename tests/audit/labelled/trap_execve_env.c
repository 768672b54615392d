/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_jobs CORRECTNESS
 * In the environment of a program, put together on the heap. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static _Atomic int g_jobs;
int main(void) {
  char **env = calloc(2, sizeof *env), *a[] = {"w", NULL};
  if (asprintf(&env[0], "N=%d", atomic_fetch_add(&g_jobs, 1)) < 0)
    return 1;
  return execve("/bin/w", a, env);
}
