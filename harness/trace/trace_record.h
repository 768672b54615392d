/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trace_record.h: a program run once with libhakmem-record.so, its trace in a file. */
#ifndef HARNESS_TRACE_TRACE_RECORD_H
#define HARNESS_TRACE_TRACE_RECORD_H

#include <stdio.h>

#include <stdbool.h>

#include "harness/core/error.h"
#include "harness/trace/trace_format.h"

struct trace_record_spec {
  char *const *argv;
  const char *file; /* replaced when the trace is whole; its folder must take a scratch file */
  uint64_t limit;   /* most calls; 0: no limit */
  char *const *env; /* NAME=VALUE…, NULL-terminated, or NULL */
  const char *user;
  int stdout_fd;    /* -1: inherited */
  double timeout_s; /* 0: none */
};

struct trace_record_result {
  struct trace_header header;
  uint64_t bytes;  /* of the trace's file */
  int status;      /* of the program, as from waitpid */
  bool end_unseen; /* it exited, and the library did not hear of it: by a system call, or as another program */
  bool kept;       /* with -EINTR, -ETIMEDOUT: what was recorded up to there is in the file */
};

/* 0 with a trace, also where the program failed (result->status); -ENODATA: nothing was recorded
 * (a static program, or one that clears its environment); -ETIMEDOUT, -EINTR: stopped, result->kept. */
int trace_record(const struct trace_record_spec *spec, struct trace_record_result *result, struct error *err);

/* Maps a trace and walks through it, calling each (which may be NULL) for every event. -EBADMSG
 * with the offset of the damage in the error. */
struct trace_event;
int trace_walk(const char *file, struct trace_header *header,
               void (*each)(const struct trace_event *event, void *context), void *context, struct error *err);

#endif
