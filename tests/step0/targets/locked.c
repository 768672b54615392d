/* SPDX-License-Identifier: GPL-3.0-or-later */
/* locked.c: notes on instructions that the kernel sets no uprobe on, beside one where it does. */
#include <stdio.h>

#include "mark.h"

long ran_free, ran_locked;
__attribute__((noinline)) static void at_nop(void) {
  ran_free++;
  MARK_AT("nop", "locked", "no", "0");
}
__attribute__((noinline)) static void at_lock(void) {
  ran_locked++;
  MARK_AT("lock incl (%%rsp)\n lock decl (%%rsp)", "locked", "yes", "0");
}
int main(void) {
  for (int i = 0; i < 33; i++) at_nop();
  for (int i = 0; i < 6; i++) at_lock();
  printf("no=%ld yes=%ld\n", ran_free, ran_locked);
  return 0;
}
