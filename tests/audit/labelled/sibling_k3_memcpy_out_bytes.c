/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT r.cnt CORRECTNESS : copied byte by byte into a record that is hashed to a bucket */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
struct rec {
  long id;
  _Atomic long cnt;
};
static struct rec r;
static void *bucket[8];
int main(void) {
  unsigned char b[sizeof r];
  atomic_fetch_add(&r.cnt, 1);
  memcpy(b, (void *)&r, sizeof r);
  free(bucket[b[8] & 7]);
  return 0;
}
