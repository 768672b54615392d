/* SPDX-License-Identifier: GPL-3.0-or-later */
/* machine.h: the record of the machine that goes with every result. */
#ifndef HARNESS_CORE_MACHINE_H
#define HARNESS_CORE_MACHINE_H

#include <jansson.h>

/* CPU model, number of CPUs, hypervisor, kernel, governor, THP, ASLR, perf_event_paranoid,
 * compiler, harness version. What cannot be read is null. A new reference. */
json_t *machine_record(void);

#endif
