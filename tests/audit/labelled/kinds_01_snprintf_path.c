/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT seq CORRECTNESS : the number names a file */
#include <stdatomic.h>
#include <stdio.h>
static _Atomic unsigned long seq;
int main(void) {
  char path[64];
  snprintf(path, sizeof path, "/tmp/spool.%lu", atomic_fetch_add(&seq, 1));
  FILE *f = fopen(path, "wx");
  return f ? fclose(f) : 1;
}
