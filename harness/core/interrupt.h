/* SPDX-License-Identifier: GPL-3.0-or-later */
/* interrupt.h: whether somebody wants us to end.
 *
 * SIGINT and SIGTERM, and SIGHUP and SIGQUIT where they are not ignored, only set a flag: long work looks
 * at it, stops cleanly, keeps what it has and says ERROR_INTERRUPTED (exit 130). */
#ifndef HARNESS_CORE_INTERRUPT_H
#define HARNESS_CORE_INTERRUPT_H

#include <stdbool.h>

/* Catches these signals from here on; a second SIGINT ends the process at once. */
void interrupt_catch(void);
/* True once one of them came. */
bool interrupt_pending(void);
/* For who has ended what was to end and still has programs to run: they are ended while one is pending. */
void interrupt_clear(void);

#endif
