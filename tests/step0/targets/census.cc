// SPDX-License-Identifier: GPL-3.0-or-later
// census.cc: C++ shapes (templates, virtual functions, lambdas, exceptions, containers, operators), for a
// census of the lines that run. `census N`
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace shapes {

class Shape {
 public:
  virtual ~Shape() = default;
  virtual double area() const = 0;
  virtual std::string name() const { return "shape"; }
};

class Box : public Shape {
  double w_, h_;

 public:
  Box(double w, double h) : w_(w), h_(h) {
    if (w < 0 || h < 0)
      throw std::invalid_argument("negative");
  }
  double area() const override {
    return w_ * h_;
  }
  std::string name() const override { return "box"; }
};

class Disc : public Shape {
  double r_;

 public:
  explicit Disc(double r) : r_(r) {}
  double area() const override {
    return 3 * r_ * r_;
  }
};

double total(const std::vector<std::unique_ptr<Shape>> &all) {
  double sum = 0;
  for (const auto &s : all)
    sum += s->area();
  return sum;
}

}  // namespace shapes

template <typename T, int N>
class Ring {
  T value_[N];
  int count_ = 0;

 public:
  void put(const T &v) {
    value_[count_ % N] = v;
    count_++;
  }
  T sum() const {
    T s = T();
    int held = std::min(count_, N);
    for (int i = 0; i < held; i++)
      s = s + value_[i];
    return s;
  }
};

struct Fraction {
  long top, bottom;
  Fraction(long t = 0, long b = 1) : top(t), bottom(b) {
    long g = gcd(t < 0 ? -t : t, b);
    if (g > 1) {
      top /= g;
      bottom /= g;
    }
  }
  static long gcd(long a, long b) {
    while (b != 0) {
      long r = a % b;
      a = b;
      b = r;
    }
    return a;
  }
  Fraction operator+(const Fraction &o) const {
    return Fraction(top * o.bottom + o.top * bottom, bottom * o.bottom);
  }
  bool operator<(const Fraction &o) const {
    return top * o.bottom < o.top * bottom;
  }
};

static int depth(int n) {
  if (n <= 0)
    throw std::runtime_error("bottom");
  int below = depth(n - 1);
  return below + 1;
}

static int guarded(int n) {
  try {
    return depth(n);
  } catch (const std::runtime_error &e) {
    return -n;
  }
}

int main(int argc, char **argv) {
  int n = argc > 1 ? std::atoi(argv[1]) : 3;
  std::vector<std::unique_ptr<shapes::Shape>> all;
  for (int i = 1; i <= n; i++) {
    if (i % 2)
      all.push_back(std::make_unique<shapes::Box>(i, i + 1));
    else
      all.push_back(std::make_unique<shapes::Disc>(i));
  }
  int refused = 0;
  try {
    shapes::Box bad(-1, 2);
    std::printf("%g\n", bad.area());
  } catch (const std::invalid_argument &) {
    refused++;
  }
  std::map<std::string, int> names;
  for (const auto &s : all)
    names[s->name()]++;
  Ring<int, 4> ints;
  Ring<Fraction, 3> parts;
  for (int i = 1; i <= n + 2; i++) {
    ints.put(i * i);
    parts.put(Fraction(1, i));
  }
  std::vector<Fraction> sorted;
  for (int i = 1; i <= n; i++)
    sorted.push_back(Fraction(i % 3 + 1, i));
  std::sort(sorted.begin(), sorted.end());
  auto count = std::count_if(sorted.begin(), sorted.end(), [](const Fraction &f) {
    return f < Fraction(1, 2);
  });
  Fraction last = parts.sum();
  std::printf("%g %d %zu %d %ld/%ld %ld %d\n", shapes::total(all), refused, names.size(), ints.sum(), last.top,
              last.bottom, static_cast<long>(count), guarded(n));
  return 0;
}
