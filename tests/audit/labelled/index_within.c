/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT masked TELEMETRY
 * EXPECT remains TELEMETRY
 * EXPECT checked TELEMETRY
 * EXPECT narrow TELEMETRY
 * No index of these leaves its array, which nothing reads. */
#include <stdatomic.h>
static _Atomic unsigned masked, remains, checked;
static _Atomic unsigned char narrow;
static int a_[4], b_[10], c_[7], d_[256];
int main(void) {
  a_[atomic_fetch_add(&masked, 1) & 3] = 1;
  b_[atomic_fetch_add(&remains, 1) % 10] = 1;
  unsigned at = atomic_fetch_add(&checked, 1);
  if (at < 7)
    c_[at] = 1;
  d_[atomic_fetch_add(&narrow, 1)] = 1;
  return 0;
}
