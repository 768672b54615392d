/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : a signal handler acts by it */
#include <stdatomic.h>
#include <signal.h>
#include <unistd.h>
static volatile sig_atomic_t stop;
static _Atomic int hits;
static void on(int s) {
  if (hits > 3)
    stop = 1;
}
int main(int c, char **v) {
  signal(SIGALRM, on);
  atomic_fetch_add(&hits, 1);
  while (!stop)
    pause();
  return 0;
}
