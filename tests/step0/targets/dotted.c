/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dotted.c: functions whose names have dots, as those of Go have, in words that compilers give to clones, too. With
 * SAME their code is equal, and gcc folds them: debug information does not know the names that the symbols have. */
#ifdef SAME
# define FACTOR(n) 3
#else
# define FACTOR(n) n
#endif
#define FUNCTION(name, symbol, n)                                  \
 __attribute__((noinline)) static int name(int x) __asm__(symbol); \
 __attribute__((noinline)) static int name(int x) {                \
  __asm__ volatile("" : "+r"(x));                                  \
  return x * FACTOR(n);                                            \
 }
FUNCTION(part, "box.part", 3)
FUNCTION(leave, "box.exit", 5)
FUNCTION(twin, "box.clone", 7)

int main(void) {
  int sum = 0;
  for (int i = 0; i < 3; i++) sum += part(i);
  for (int i = 0; i < 5; i++) sum += leave(i);
  for (int i = 0; i < 7; i++) sum += twin(i);
  return sum == 1;
}
