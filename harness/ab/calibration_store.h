/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calibration_store.h: the calibration that is kept for this machine (CPU and its model, number of CPUs, kernel)
 * and user, and what `ab` quotes of it. */
#ifndef HARNESS_AB_CALIBRATION_STORE_H
#define HARNESS_AB_CALIBRATION_STORE_H

#include <stdbool.h>

#include "harness/core/error.h"
#include "harness/data/calibration_result.h"

/* *kept: false where the one that is stored has more campaigns, and stays. */
int calibration_store(const struct calibration_result *result, bool *kept, struct error *err);
/* What `ab` quotes: the chief numbers, or status with what to do. On the heap, to be freed by its table;
 * NULL: no memory. */
struct calibration_quote *calibration_quote(void);
/* Of the core while it is alone (core_probe.h), 0 where there is no calibration that says it. */
double calibration_core_width(void);
/* Of this machine; and whether another key is, too. */
void calibration_machine(struct machine_key *key);
bool calibration_of_this_machine(const struct machine_key *k);

#endif
