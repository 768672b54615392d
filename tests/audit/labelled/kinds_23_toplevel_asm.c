/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT counter UNKNOWN : top-level assembler reads it and stops the program */
#include <stdatomic.h>
__attribute__((used)) _Atomic long counter;
void check(void);
__asm__(".text\n.globl check\ncheck: cmpq $1000, counter(%rip)\njbe 1f\nud2\n1: ret\n");
int main(void) {
  atomic_fetch_add(&counter, 1);
  check();
  return 0;
}
