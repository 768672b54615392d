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
  static const int both[] = { SIGINT, SIGTERM }, unless_ignored[] = { SIGHUP, SIGQUIT };
  for (size_t i = 0; i < sizeof both / sizeof *both; i++) sigaction(both[i], &sa, NULL);
  for (size_t i = 0; i < sizeof unless_ignored / sizeof *unless_ignored; i++) {
    struct sigaction old;
    /* nohup had them ignored, for this process too */
    if (sigaction(unless_ignored[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(unless_ignored[i], &sa, NULL);
  }
}

bool interrupt_pending(void) { return pending != 0; }

void interrupt_clear(void) { pending = 0; }
