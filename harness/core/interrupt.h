/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interrupt.h: whether somebody wants us to end.
 *
 * SIGINT and SIGTERM only set a flag: long work looks at it, stops cleanly, keeps what it has and
 * says ERROR_INTERRUPTED (exit 130). */
#ifndef HARNESS_CORE_INTERRUPT_H
#define HARNESS_CORE_INTERRUPT_H

#include <stdbool.h>

/* Catches both signals from here on; a second SIGINT ends the process at once. */
void interrupt_catch(void);
/* True once one of them came. */
bool interrupt_pending(void);

#endif
