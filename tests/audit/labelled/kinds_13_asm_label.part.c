/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
extern long view __asm__("counter");
static void *block;
void look(void) {
  if (view > 10) {
    free(block);
    block = 0;
  }
}
