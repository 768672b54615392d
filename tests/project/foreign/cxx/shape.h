// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdexcept>
#include <vector>
template <class T> T total(const std::vector<T> &list) {
  T sum = 0;
  for (T one : list) {
#ifdef TOTAL_CHECKED
    if (one < 0) throw std::runtime_error("negative");
#endif
    sum += one;
  }
  return sum;
}
long first(int n);
long second(int n);
