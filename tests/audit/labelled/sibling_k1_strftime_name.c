/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n CORRECTNESS : a number becomes a name through sprintf, strcat, and a struct */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
static _Atomic int n;
struct job {
  char dir[32];
  char name[64];
};
static struct job j;
int main(void) {
  char t[32];
  sprintf(t, "%d", atomic_fetch_add(&n, 1));
  strcpy(j.name, "/tmp/x");
  strcat(j.name, t);
  return unlink(j.name);
}
