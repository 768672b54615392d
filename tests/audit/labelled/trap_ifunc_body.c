/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT served CORRECTNESS
 * ONLY x86_64
 * The reader is only reached through an ifunc. */
#include <stdatomic.h>
#include <stdlib.h>
static _Atomic long served;
static long now(void) {
  return atomic_load(&served);
}
static long (*resolve(void))(void) {
  return now;
}
long served_now(void) __attribute__((ifunc("resolve")));
int main(void) {
  atomic_fetch_add(&served, 1);
  if (served_now() > 3)
    abort();
  return 0;
}
