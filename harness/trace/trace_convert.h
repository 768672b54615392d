/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_convert.h: from what libhakmem-record.so wrote to a trace: the threads' records in one
 * order, addresses as numbered slots. */
#ifndef HARNESS_TRACE_TRACE_CONVERT_H
#define HARNESS_TRACE_TRACE_CONVERT_H

#include "harness/core/error.h"
#include "harness/trace/trace_writer.h"

/* raw_fd: a file of raw_format.h. The trace goes to out_fd; *header says what it holds. A
 * recording that stopped early, or with records that are missing or do not fit, gives a trace of
 * what fits, marked incomplete. -ENODATA: nothing was recorded. -EBADMSG: not a recording. */
int trace_convert(int raw_fd, int out_fd, struct trace_header *header, struct error *err);

#endif
