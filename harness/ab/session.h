/* SPDX-License-Identifier: GPL-3.0-or-later */
/* session.h: the running hakmem-ab-runner, its records and its images.
 *
 * Owns the runner's start, the two pipes, the record file (in the results folder, so that rounds
 * survive whoever is killed) and the memory that images are handed over in. Knows nothing of
 * pairs or variants. */
#ifndef HARNESS_AB_SESSION_H
#define HARNESS_AB_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/child.h"
#include "harness/core/error.h"
#include "harness/core/results.h"
#include "harness/core/words.h"
#include "harness/runner/protocol.h"

#define SESSION_RECORDS_FILE "inflight.rec"

struct session_spec {
  const char *workload;      /* "-" for commands */
  char *const *side_argv[2]; /* NULL-terminated (command_run.h says what may stand first), or NULL: images */
  const struct words *arm;   /* instead of these, more than two commands */
  size_t arms;
  char *const *env; /* NAME=VALUE…, or NULL */
  const char *user;
  const char *runner; /* another file than hakmem-ab-runner, or NULL */
  int cpu;            /* that the runner is pinned to, -1: none */
  size_t image_bytes; /* of the largest image, 0: none */
};

struct session {
  struct session_spec spec;
  struct child child;
  int job_fd, answer_fd, records_fd, images_fd;
  unsigned char *images; /* AB_RECORDS slots of image_slot bytes */
  size_t image_slot;
  bool deaf; /* an interrupt is known already: what has to be put away is */
  /* what was handed over: measured processes can write into records, and are not asked what they were */
  struct session_sent {
    struct ab_job job;
    uint32_t arm, order;
    bool open; /* not answered yet */
  } sent[AB_RECORDS];
};

/* Makes the record file (with all its blocks, so that a full disk is an error here and not a
 * signal later) and starts the runner. Strings and arrays of spec must outlive the session. */
int session_open(struct session *s, const struct session_spec *spec, struct results *results, struct error *err);
/* Ends the runner and starts another: new addresses. Nothing may be in flight. */
int session_restart(struct session *s, struct error *err);
/* Hands a job over; job->record chooses the record and the image slot. arm and order are kept in
 * the record, for whoever finds it after a kill. */
int session_submit(struct session *s, struct ab_job *job, uint32_t arm, uint32_t order, struct error *err);
/* Waits for the next answer. -EINTR when interrupt_pending(), -EPIPE: the runner ended. */
int session_collect(struct session *s, struct ab_answer *answer, struct error *err);
/* A copy of a record, with what we know of it ourselves in place of what stands there. NULL, or what is wrong
 * with the rest (then the copy holds no rounds). */
const char *session_take(const struct session *s, unsigned record, struct ab_record *copy);
/* The same of all; those that cannot be true are free. NULL: no memory. free() it. */
struct ab_records *session_take_all(const struct session *s);
/* The record is on disk as a sample, or not wanted: nobody shall find it after a kill. */
void session_forget(const struct session *s, unsigned record);
unsigned char *session_image(struct session *s, unsigned record);
void session_close(struct session *s);

/* Reads the record file of an earlier campaign. -ENOENT: none. free() it. */
int session_recover(struct results *results, struct ab_records **records, struct error *err);

#endif
