/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
long limit = 4;
__attribute__((constructor)) static void f(void) {
  if (limit > 5)
    abort();
}
