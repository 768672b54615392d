/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : decides whether memory is touched by a volatile read */
#include <stdatomic.h>
static _Atomic int n;
static char *volatile page;
int main(void) {
  if (atomic_fetch_add(&n, 1) > 100)
    (void)*(volatile char *)page;
  return 0;
}
