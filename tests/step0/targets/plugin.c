/* SPDX-License-Identifier: GPL-3.0-or-later */
/* plugin.c: a library that known.c opens late. Its constructor passes plugin:start once each time
 * that it is opened, plugin_run() passes plugin:turn n times. */
#include <sys/sdt.h>

static volatile int turns;

__attribute__((constructor)) static void at_open(void) {
  STAP_PROBE(plugin, start);
  turns = 0;
}

__attribute__((noinline, visibility("default"))) void plugin_run(int n);
void plugin_run(int n) {
  for (int i = 0; i < n; i++) {
    turns++;
    STAP_PROBE(plugin, turn);
  }
}
