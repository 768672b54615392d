/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT queued CORRECTNESS
 * A signal handler decides by it. */
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>
static _Atomic int queued;
static void on(int s) {
  (void)s;
  if (atomic_load(&queued) > 3)
    _exit(1);
}
int main(void) {
  signal(SIGALRM, on);
  atomic_fetch_add(&queued, 1);
  pause();
  return 0;
}
