/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_facts.h: a trace as the workload replay:FILE: which one it is, and what it asks of a replay. */
#ifndef HARNESS_TRACE_TRACE_FACTS_H
#define HARNESS_TRACE_TRACE_FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "harness/core/error.h"
#include "harness/trace/trace_format.h"

struct trace_facts {
  char file[PATH_MAX]; /* absolute: a resume may be elsewhere */
  char workload[PATH_MAX + 8];
  char sha256[65];
  uint32_t crc; /* of the same bytes: what each process that replays them asks for */
  struct trace_header header;
  uint64_t ops; /* of a thread in one turn */
};

/* Reads and checks all of it; the message names the file and what was expected of it. -ENOENT: it is not there;
 * -EBADMSG: it is no trace, or a damaged one. */
int trace_facts_read(const char *file, struct trace_facts *facts, struct error *err);
/* Whether the file is no longer what it was; also where it is gone. */
bool trace_facts_changed(const struct trace_facts *facts);

#endif
