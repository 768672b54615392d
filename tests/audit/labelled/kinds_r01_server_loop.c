/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT ticks TELEMETRY : logged each 1000th turn of a loop that never ends */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned long ticks;
static int fd_in;
int work(void);
int work(void) { return getchar(); }
int main(void) {
  for (;;) {
    fd_in = work();
    if (atomic_fetch_add(&ticks, 1) % 1000 == 0) fprintf(stderr, "tick\n");
  }
}
