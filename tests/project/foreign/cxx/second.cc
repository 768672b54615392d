// SPDX-License-Identifier: GPL-3.0-or-later
#include "shape.h"
long second(int n) {
  try {
    if (n % 64 == 0) throw n;
    return total(std::vector<long>(50, n));
  } catch (int caught) {
    return caught;
  }
}
