/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT shard.hits CORRECTNESS : the shards are sorted by it and the first is dropped */
#include <stdatomic.h>
#include <stdlib.h>
struct shard {
  _Atomic long hits;
  void *mem;
};
static struct shard shards[4];
static int cmp(const void *a, const void *b) {
  long x = ((const struct shard *)a)->hits, y = ((const struct shard *)b)->hits;
  return x < y ? -1 : x > y;
}
int main(void) {
  atomic_fetch_add(&shards[1].hits, 1);
  qsort(shards, 4, sizeof *shards, cmp);
  free(shards[0].mem);
  return 0;
}
