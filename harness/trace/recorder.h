/* SPDX-License-Identifier: GPL-3.0-or-later */
/* recorder.h: inside libhakmem-record.so: where its malloc functions put what they saw.
 *
 * Each thread writes into a region of the file that it has mapped and that no other thread
 * writes to; memory is bounded by one region for each live thread. Nothing here calls the malloc
 * that is recorded. A forked child records nothing (the kernel wipes its page of state); a
 * program that execve()s starts the recording anew, before it allocates. */
#ifndef HARNESS_TRACE_RECORDER_H
#define HARNESS_TRACE_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include "harness/trace/raw_format.h"

/* One record. For releases: before the block goes back; for allocations: after it came. */
void recorder_event(enum raw_op op, const void *address, uint64_t size, unsigned align_log2);
/* The process ends now, of its own. */
void recorder_end(void);

#endif
