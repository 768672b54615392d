/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
unsigned mix(unsigned x);
int main(void) {
  unsigned x = 1;
  for (int i = 0; i < 2000; i++) x = mix(x);
  printf("took %d units\n", 3 + (x == 0));
  return 0;
}
