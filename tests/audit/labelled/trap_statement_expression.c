/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT turns CORRECTNESS
 * The value of a statement expression. */
#include <stdatomic.h>
#include <unistd.h>
static _Atomic unsigned turns;
#define NEXT()                                                                                                       \
  ({                                                                                                                 \
    unsigned t_ = atomic_fetch_add(&turns, 1);                                                                       \
    t_ > 3 ? t_ : 0;                                                                                                 \
  })
int main(void) {
  usleep(NEXT());
  return 0;
}
