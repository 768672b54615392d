/* SPDX-License-Identifier: GPL-3.0-or-later */
/* read_back.h: whether the program itself looks at what it printed. */
#ifndef HARNESS_AUDIT_READ_BACK_H
#define HARNESS_AUDIT_READ_BACK_H

#include "harness/audit/ir.h"

/* Whether it asks for the position or size of standard output or error, reads them, closes their descriptors, or
 * opens them by a name to read. What it asks of a descriptor or stream that is never one of these does not count, and
 * neither does whether writing failed (ferror, fclose): that is the file's doing. */
bool reads_back_standard(struct program *p);

#endif
