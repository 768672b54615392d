/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exit_codes.h: the exit codes of every command; doc/exit-codes.md is the table for people. */
#ifndef HARNESS_CORE_EXIT_CODES_H
#define HARNESS_CORE_EXIT_CODES_H

enum exit_code {
  EXIT_DONE = 0,          /* the claim holds, or a verdict was reached */
  EXIT_CLAIM_FALSE = 1,   /* done, and the claim does not hold */
  EXIT_USAGE = 2,         /* usage error, unknown site, gate or workload */
  EXIT_UNMEASURED = 3,    /* could not be measured, or INCONCLUSIVE */
  EXIT_INTERNAL = 4,      /* failure of the harness itself */
  EXIT_INTERRUPTED = 130, /* interrupted; what was measured is kept, marked partial */
};

#endif
