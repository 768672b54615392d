/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n UNKNOWN : the other configuration does not compile here */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long g_n;
#ifdef WITH_CARDS
#include <cards/not_here.h>
int check(void) {
  return g_n > CARD_LIMIT;
}
#endif
int main(void) {
  atomic_fetch_add(&g_n, 1);
  return 0;
}
