/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crosscheck.h: the locked instructions of a binary against the audited sites, by debug lines. A
 * locked instruction without a site is an atomic that the audit missed; a site without one was
 * optimised away, is not part of this build, or took another form. */
#ifndef HARNESS_AUDIT_CROSSCHECK_H
#define HARNESS_AUDIT_CROSSCHECK_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "harness/audit/audit.h"

struct crosscheck_insn {
  uint64_t offset; /* address in the file's own terms */
  char *text;      /* "lock add qword ptr […], 1" */
  char *file;      /* NULL: no debug line */
  unsigned line;
  bool matched;
};

struct crosscheck {
  char *binary;
  struct crosscheck_insn *insn;
  size_t count, unmatched;
  size_t *row; /* audited read-modify-writes that no instruction belongs to */
  size_t row_count;
};

/* x86-64 only: -ENOTSUP for other machines. -ENODATA: the binary has no debug lines. */
int crosscheck_run(struct crosscheck *c, const char *binary, const struct audit_result *r, struct error *err);
void crosscheck_free(struct crosscheck *c);
void crosscheck_text(FILE *out, const struct crosscheck *c, const struct audit_result *r);
json_t *crosscheck_json(const struct crosscheck *c, const struct audit_result *r);

#endif
