/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * memchr() looks for it. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
static _Atomic int g_n;
static char b[64];
int main(void) {
  if (memchr(b, atomic_fetch_add(&g_n, 1), 64))
    abort();
  return 0;
}
