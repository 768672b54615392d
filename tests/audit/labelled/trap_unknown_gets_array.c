/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n UNKNOWN
 * Really anything: a function that is not known gets an array of pointers. */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int g_n;
extern int lib_run(char **words);
int main(void) {
  char t[16];
  snprintf(t, sizeof t, "%d", atomic_fetch_add(&g_n, 1));
  char *w[] = {"a", t, NULL};
  return lib_run(w);
}
