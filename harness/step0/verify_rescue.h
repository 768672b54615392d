/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_rescue.h: takes back what a measuring process had set that was killed itself. */
#ifndef HARNESS_STEP0_VERIFY_RESCUE_H
#define HARNESS_STEP0_VERIFY_RESCUE_H

#include <sys/types.h>

#include "harness/step0/verify_internal.h"

/* guard: the process that was killed; target: its target, 0: none. As far as this process is permitted to. */
void verify_rescue(const struct verify_one *one, pid_t guard, pid_t target);

#endif
