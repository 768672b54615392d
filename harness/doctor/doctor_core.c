/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor_core.c: how often another hardware thread, of this machine or of another guest, works on
 * the core that is measured on. */
#include <gsl/gsl_sort.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/counters/cpu_choice.h"
#include "harness/doctor/doctor.h"
#include "harness/runner/core_probe.h"

enum { PROBES = 2000, PAUSE_US = 200 };
#define SHARED_LIMIT_PCT 10.0

void doctor_check_core(struct doctor_check *c) {
  static double width[PROBES];
  struct cpu_choice choice;
  struct error err = { 0 };
  cpu_set_t before, one;
  size_t shared = 0;
  if (!(core_probe() > 0)) {
    doctor_find(c, DOCTOR_UNAVAILABLE,
                "there is no probe for this architecture: whether the core is shared is not known");
    return;
  }
  bool pinned = sched_getaffinity(0, sizeof before, &before) == 0 && cpu_choice_make(1, &choice, &err) == 0;
  if (pinned) {
    CPU_ZERO(&one);
    CPU_SET((size_t)choice.cpus[0], &one);
    pinned = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  for (size_t i = 0; i < PROBES; i++) {
    width[i] = core_probe();
    usleep(PAUSE_US);
  }
  if (pinned) sched_setaffinity(0, sizeof before, &before);
  gsl_sort(width, 1, PROBES);
  /* a hundredth of the probes look narrower than the core is: interrupts hit them */
  for (size_t i = 0; i < PROBES; i++) shared += width[i] > CORE_SHARED_ABOVE * width[PROBES / 100];
  double pct = 100.0 * (double)shared / PROBES;
  doctor_find(c, pct > SHARED_LIMIT_PCT ? DOCTOR_DEGRADED : DOCTOR_OK,
              "another hardware thread worked on the core in %.0f%% of %d probes; the least shared ones count as alone",
              pct, PROBES);
  if (pct > SHARED_LIMIT_PCT)
    doctor_advise(
        c, "nothing in a guest counts it as steal; `ab` leaves such pairs out; a dedicated core, or smt off, ends it");
}
