/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_jobs UNKNOWN
 * Really CORRECTNESS. In a static vector of arguments that posix_spawn() is given. */
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int g_jobs;
static char text[16];
static char *argv_[] = {"worker", text, NULL};
extern char **environ;
int main(void) {
  pid_t p;
  sprintf(text, "%d", atomic_fetch_add(&g_jobs, 1));
  return posix_spawn(&p, "/bin/worker", 0, 0, argv_, environ);
}
