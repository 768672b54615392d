/* SPDX-License-Identifier: GPL-3.0-or-later */
/* named.cc: functions whose symbols say nothing of the names that the source gives them: extern "C" and asm labels
 * within namespaces and classes. */
#define BODY(n)                   \
 {                                \
  __asm__ volatile("" : "+r"(x)); \
  return x * n;                   \
 }
#define APART __attribute__((noinline))

namespace outer {
namespace inner {
extern "C" APART int plain(int x) BODY(3) APART int labelled(int x) __asm__("the_label");
APART int labelled(int x) BODY(5) struct box { static APART int member(int x) __asm__("the_member"); };
int box::member(int x) BODY(7)
} // namespace inner
} // namespace outer

int main() {
  using namespace outer::inner;
  int sum = 0;
  for (int i = 0; i < 3; i++) sum += plain(i);
  for (int i = 0; i < 5; i++) sum += labelled(i);
  for (int i = 0; i < 7; i++) sum += box::member(i);
  return sum == 1;
}
