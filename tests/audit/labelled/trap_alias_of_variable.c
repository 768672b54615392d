/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT level CORRECTNESS
 * The variable is read by another name. */
#include <stdatomic.h>
#include <stdlib.h>
_Atomic int level;
extern _Atomic int tide __attribute__((alias("level")));
int main(void) {
  atomic_fetch_add(&level, 1);
  if (tide > 3)
    abort();
  return 0;
}
