// SPDX-License-Identifier: GPL-3.0-or-later
// For foreign.sh: exceptions must still find their way when the functions have moved.
#include <cstdio>
#include "shape.h"
int main() {
  long sum = 0;
  for (int i = 0; i < 500; i++) sum += first(i) + second(i);
  std::printf("%ld\n", sum);
  return sum == 18624692 ? 0 : 1;
}
