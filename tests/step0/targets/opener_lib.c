/* SPDX-License-Identifier: GPL-3.0-or-later */
/* opener_lib.c: what opener.c loads. */
int opened_entry(int x);
__attribute__((noinline)) int opened_entry(int x) {
  __asm__ volatile("");
  return x + 1;
}
