/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT used CORRECTNESS : built without optimisation, where the check is on
   FLAGS -O0 */
#include <stdatomic.h>
#include <stdlib.h>
#ifdef __OPTIMIZE__
# define CHECK 0
#else
# define CHECK 1
#endif
static _Atomic long used;
int main(void) {
  atomic_fetch_add(&used, 1);
  if (CHECK && atomic_load(&used) > 10) abort();
  return 0;
}
