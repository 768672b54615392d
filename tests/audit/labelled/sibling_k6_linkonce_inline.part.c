/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
long seen(long n) {
  if (n > 4)
    abort();
  return n;
}
