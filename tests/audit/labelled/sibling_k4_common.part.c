/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
long hits;
void other(void) __attribute__((constructor));
void other(void) {
  if (hits > 3)
    abort();
}
