/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT cnt UNKNOWN : nothing keeps the index within the array, and what lies behind it decides */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic unsigned cnt;
static struct {
  char log_[4], stop;
} g;
int main(void) {
  g.log_[atomic_fetch_add(&cnt, 1)] = 1;
  if (g.stop)
    abort();
  return 0;
}
