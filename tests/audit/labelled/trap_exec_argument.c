/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT jobs CORRECTNESS
 * It is printed into an argument of a program that is started. */
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>
static _Atomic int jobs;
int main(void) {
  char n[16];
  snprintf(n, sizeof n, "%d", atomic_fetch_add(&jobs, 1));
  char *argv[] = {"worker", "-n", n, NULL};
  if (vfork() == 0) {
    execv("/bin/worker", argv);
    _exit(1);
  }
  return 0;
}
