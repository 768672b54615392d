/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT tail CORRECTNESS : where a record lands in a file */
#include <stdatomic.h>
#include <unistd.h>
static _Atomic long tail;
static int db_fd = 3;
void append(const void *rec, unsigned n) {
  long at = atomic_fetch_add(&tail, (long)n);
  pwrite(db_fd, rec, n, at);
}
int main(void) {
  append("abc", 3);
  return 0;
}
