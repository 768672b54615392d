/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_log.h: what a run of a pack leaves: one JSON object a line, in a file that is appended to.
 *
 * First the machine (struct pack_head), then a line for each pair, then the end (struct pack_end) with the SHA-256
 * of all lines before it. Each line carries a CRC-32 that goes on from the line before, so that a changed, missing or
 * repeated line is found also where there is no end. A file that was cut off is good up to its last whole line.
 * A pair's line is of one form alone, and is read without a JSON library: there may be millions. */
#ifndef HARNESS_FLEET_PACK_LOG_H
#define HARNESS_FLEET_PACK_LOG_H

#include <stdio.h>

#include "harness/core/content_hash.h"
#include "harness/core/results.h"
#include "harness/data/pack_plan.h"
#include "harness/data/pairs.h"

#define PACK_LOG_FILE "pairs.jsonl"

/* --- writing ------------------------------------------------------------------------------- */
struct pack_log {
  FILE *f;
  char path[4096];
  uint32_t crc;
  struct content_hash hash;
  int64_t pairs;
};
int pack_log_open(struct pack_log *log, struct results *results, const struct pack_head *head, struct error *err);
int pack_log_pair(struct pack_log *log, const struct pair *pair, struct error *err);
/* Fills end->pairs and end->sha256. */
int pack_log_end(struct pack_log *log, struct pack_end *end, struct error *err);
void pack_log_close(struct pack_log *log);

/* --- reading, as hostile data -------------------------------------------------------------- */
enum pack_log_state {
  PACK_LOG_WHOLE,
  PACK_LOG_PARTIAL, /* there is no end: it was cut off, or its run goes on */
  PACK_LOG_DAMAGED, /* not as it was written */
};
struct pack_log_reader {
  FILE *f;
  char *line;
  size_t room, number; /* of the line */
  uint32_t crc;
  struct content_hash hash;
  int64_t pairs;
  uint64_t last_index;
  enum pack_log_state state; /* once pack_log_next() has returned 0 */
  char fault[200];           /* of a damaged one */
  struct pack_end end;       /* of a whole one */
};
/* Takes the first line in: *head, which fields_init has seen. 0, or with state PACK_LOG_DAMAGED -EBADMSG. The stream
 * stays the caller's. */
int pack_log_start(struct pack_log_reader *r, FILE *f, struct pack_head *head);
/* 1: a pair, its times of each side not known; 0: no more, see state. */
int pack_log_next(struct pack_log_reader *r, struct pair *pair);
void pack_log_finish(struct pack_log_reader *r);

#endif
