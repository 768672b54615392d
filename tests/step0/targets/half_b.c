/* SPDX-License-Identifier: GPL-3.0-or-later */
/* half_b.c: see half.h. */
#include "half.h"

void half_other(int times) {
  for (int i = 0; i < times; i++) half_poke(i);
}
