/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT pages CORRECTNESS
 * The reader is called by another, weak name. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long pages;
long own_pages(void) {
  return atomic_load(&pages);
}
extern __typeof(own_pages) pages_now __attribute__((weak, alias("own_pages")));
int main(void) {
  atomic_fetch_add(&pages, 1);
  if (pages_now() > 5)
    abort();
  return 0;
}
