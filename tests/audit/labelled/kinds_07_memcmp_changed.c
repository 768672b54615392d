/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT stats.hits CORRECTNESS : the watchdog frees when nothing moved since last time */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
struct stats {
  _Atomic long hits, misses;
};
static struct stats cur, last;
static void *block;
void tick(void) { atomic_fetch_add(&cur.hits, 1); }
int main(void) {
  tick();
  if (memcmp(&cur, &last, sizeof cur) == 0) {
    free(block);
    block = 0;
  }
  return 0;
}
