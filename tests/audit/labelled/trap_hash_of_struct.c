/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT k.gen CORRECTNESS
 * The struct that it is in is hashed by bytes. */
#include <stdatomic.h>
#include <stddef.h>
struct k {
  int id;
  _Atomic int gen;
};
static struct k key;
static int table[64];
static unsigned hash(const unsigned char *p, size_t n) {
  unsigned h = 0;
  while (n--)
    h = h * 31 + *p++;
  return h;
}
int main(void) {
  atomic_fetch_add(&key.gen, 1);
  table[hash((const unsigned char *)&key, sizeof key) & 63]++;
  return table[3];
}
