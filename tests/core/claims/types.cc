// SPDX-License-Identifier: MIT
// types.cc: a method and a library's function for the manual's examples.
namespace ns {
struct Type {
  int method(int x) __attribute__((noinline));
};
int Type::method(int x) { return x + 1; }
}  // namespace ns

extern "C" int foo_parse(const char *text) {
  ns::Type t;
  return t.method(text[0]);
}
