/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * Kept in errno, which is looked at. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic int g_n;
int main(void) {
  errno = atomic_fetch_add(&g_n, 1);
  if (errno == 4)
    abort();
  return 0;
}
