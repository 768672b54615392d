/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
void hit(void);
long hits_now(void);
int main(void) {
  hit();
  printf("%ld\n", hits_now());
  return 0;
}
