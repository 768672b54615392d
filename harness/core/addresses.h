/* SPDX-License-Identifier: GPL-3.0-or-later */
/* addresses.h: whether the kernel draws new addresses for each process that is started from here. */
#ifndef HARNESS_CORE_ADDRESSES_H
#define HARNESS_CORE_ADDRESSES_H

#include <stddef.h>

/* "random", "fixed: why" or "unknown: why" into buf, which is returned. */
const char *addresses_state(char *buf, size_t size);
/* Whether a process may have its own addresses fixed, as callgrind's does: 0, or a negative errno. */
int addresses_may_be_fixed(void);

#endif
