/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT depth CORRECTNESS
 * The same, set by sigaction() in a struct. */
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>
static _Atomic int depth;
static void on(int s, siginfo_t *i, void *u) {
  (void)s;
  (void)i;
  (void)u;
  if (depth > 3)
    _exit(1);
}
int main(void) {
  struct sigaction a = {.sa_sigaction = on, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &a, NULL);
  atomic_fetch_add(&depth, 1);
  pause();
  return 0;
}
