/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT g_n CORRECTNESS
 * A name that a file is made with, joined by strcat() and strcpy(). */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
static _Atomic unsigned g_n;
int main(void) {
  char n[16], p[64] = "/tmp/x";
  sprintf(n, "%u", atomic_fetch_add(&g_n, 1));
  strcat(p, n);
  char q[64];
  strcpy(q, p);
  return mkdir(q, 0700);
}
