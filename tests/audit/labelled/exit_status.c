/* SPDX-License-Identifier: GPL-3.0-or-later */
// The exit status of the program. EXPECT g_failures CORRECTNESS
#include <stdatomic.h>
static _Atomic int g_failures;
int main(int argc, char **argv) {
  (void)argv;
  if (argc > 1) atomic_fetch_add(&g_failures, 1);
  return atomic_load(&g_failures) != 0;
}
