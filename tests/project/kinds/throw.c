/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nobody's program, under the library: fails where it is not preloaded, for the first throw is then another. */
#include <stdlib.h>
int main(void) {
  if (rand() != (int)((1664525u + 1013904223u) >> 8)) return 9;
  for (int i = 1; i < 1000; i++) rand();
  return 0;
}
