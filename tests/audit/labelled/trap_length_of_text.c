/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * How long its text is, by strlen() and snprintf()'s result. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
static _Atomic unsigned g_n;
int main(void) {
  int need = snprintf(NULL, 0, "%u", atomic_fetch_add(&g_n, 1));
  char *p = malloc((size_t)need + 1);
  return p == NULL;
}
