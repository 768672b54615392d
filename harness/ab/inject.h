/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inject.h: variants with exactly counted work added to the path of every tiny free, through
 * HAK_AB_INJECT (probes/hakmem_site.h). */
#ifndef HARNESS_AB_INJECT_H
#define HARNESS_AB_INJECT_H

#include "harness/ab/ab_options.h"
#include "harness/ab/subject.h"
#include "harness/data/calibration_result.h"

enum { INJECT_MAX = 8 };

struct injection {
  const char *name;   /* of the kind, also a folder's */
  const char *define; /* what the variant is compiled with */
  unsigned insns;     /* instructions that it adds to each tiny free */
  bool locked;        /* they are locked: what an atomic counter costs */
};

struct injections {
  const struct injection *kind[INJECT_MAX];
  struct subject subject[INJECT_MAX]; /* side 0: nothing added, side 1: kind */
  size_t count;
};

/* The kinds with these names, NULL-terminated; NULL: those of a calibration, eight nops and a locked instruction.
 * -ENOENT: there is no such kind, or the sources have no HAK_AB_INJECT, the variants are the same. */
int inject_build(struct injections *in, const char *source_dir, const char *const *names, struct error *err);
/* All kinds that this architecture has, NULL-terminated. */
const char *const *inject_names(void);
void inject_free(struct injections *in);
/* Callgrind's count of each; added_per_insn is the tiny frees of one operation and must be the same
 * for all. On the heap; NULL: no memory. */
struct calibration_callgrind *inject_check(const struct injections *in, const struct ab_options *o);

#endif
