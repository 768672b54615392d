/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interrupt.c: see interrupt.h. */
#include "harness/core/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t pending;

static void on_signal(int sig) {
  /* a second Ctrl-C ends at once, in case the clean way hangs */
  if (pending && sig == SIGINT) {
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
  }
  pending = 1;
}

void interrupt_catch(void) {
  struct sigaction sa = { .sa_handler = on_signal };
  sigemptyset(&sa.sa_mask);
  sigaction(SIGINT, &sa, NULL);
  sigaction(SIGTERM, &sa, NULL);
}

bool interrupt_pending(void) { return pending != 0; }
