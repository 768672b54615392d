/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT stats.misses CORRECTNESS : both counters read by one vector load */
#include <emmintrin.h>
#include <stdatomic.h>
#include <stdlib.h>
struct stats {
  _Alignas(16) _Atomic long hits;
  _Atomic long misses;
};
static struct stats s;
static void *block;
int main(void) {
  atomic_fetch_add(&s.misses, 1);
  __m128i v = _mm_load_si128((const __m128i *)&s);
  if (_mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v)) > 10) {
    free(block);
    block = 0;
  }
  return 0;
}
