/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT hits CORRECTNESS : a common symbol in two units
   FLAGS -fcommon
   WITH sibling_k4_common.part.c */
long hits;
int main(void) {
  __atomic_fetch_add(&hits, 1, 0);
  return 0;
}
