/* SPDX-License-Identifier: GPL-3.0-or-later */
/* twins_b.c: see twins_a.c. */
extern volatile int mixed;
extern long ran_second;
void second_twins(int n);

static __attribute__((noinline)) void twin(int x) {
  mixed -= x;
  ran_second++;
}
void second_twins(int n) {
  for (int i = 0; i < n; i++) twin(i);
}
