/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EXPECT n UNKNOWN : setlogmask by a count */
#include <stdatomic.h>
#include <syslog.h>
static _Atomic int n;
int main(void) {
  setlogmask(LOG_UPTO(atomic_fetch_add(&n, 1) & 7));
  syslog(1, "x");
  return 0;
}
