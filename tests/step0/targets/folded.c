/* SPDX-License-Identifier: GPL-3.0-or-later */
/* folded.c: functions of equal code that compilers and linkers make one of, of which one is called; and one with two
 * names. FOLDED_HIDDEN: static ones, for gcc; else global ones, for a linker. */
volatile int folded_sum;
#ifdef FOLDED_HIDDEN
# define KIND static __attribute__((noinline))
#else
# define KIND __attribute__((noinline))
#endif

KIND void quiet_one(int by) {
  folded_sum += by * 3;
  folded_sum ^= 5; /* LINE-QUIET */
}
KIND void called_one(int by) {
  folded_sum += by * 3;
  folded_sum ^= 5; /* LINE-CALLED */
}
KIND void idle_one(int by) {
  folded_sum -= by * 7;
  folded_sum ^= 9;
}
KIND void idle_two(int by) {
  folded_sum -= by * 7;
  folded_sum ^= 9;
}
__attribute__((noinline)) void proper(void) { folded_sum += 11; }
void other_name(void) __attribute__((alias("proper")));

int main(int argc, char **argv) {
  (void)argv;
  if (argc > 5) {
    quiet_one(argc);
    idle_one(argc);
    idle_two(argc);
  }
  for (int i = 0; i < 9; i++) called_one(i);
  for (int i = 0; i < 4; i++) proper();
  return 0;
}
