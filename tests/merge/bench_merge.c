/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_merge.c: how often the intervals of `merge` hold what they say, over simulated fleets: the table of
 * doc/method.md. Takes the number of fleets a row. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/merge/fleets.h"

int main(int argc, char **argv) {
  size_t fleets = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
  static const size_t machines[] = { 3, 5, 10, 30 };
  if (fleets < 100) {
    fprintf(stderr, "usage: bench-merge [FLEETS, at least 100]\n");
    return 2;
  }
  printf("effects  machines  tau/SE   mean: held, width   one more: held, width   t(k-2): held\n");
  for (int heavy = 0; heavy < 2; heavy++)
    for (size_t m = 0; m < sizeof machines / sizeof *machines; m++)
      for (int half_tau = 0; half_tau <= 4; half_tau++) {
        struct fleet_kind kind = { machines[m], half_tau / 2.0, heavy };
        struct fleet_coverage c = fleets_simulate(kind, fleets, 1 + (unsigned long)half_tau + 10 * m + 100 * heavy);
        printf("%-7s  %8zu  %6.1f  %10.1f%%  %5.2f  %14.1f%%  %5.2f  %12.1f%%\n", heavy ? "t(3)" : "normal",
               machines[m], kind.tau, c.mean_pct, c.mean_width, c.predict_pct, c.predict_width, c.plain_pct);
        fflush(stdout);
      }
  printf("%zu fleets a row; widths are medians, in typical standard errors of one machine\n", fleets);
  return 0;
}
