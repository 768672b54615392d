/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used UNKNOWN : a shared library with a main of its own
   FLAGS -fPIC -shared */
#include <stdatomic.h>
_Atomic long used;
int main(void) {
  atomic_fetch_add(&used, 1);
  return 0;
}
