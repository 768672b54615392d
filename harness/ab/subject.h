/* SPDX-License-Identifier: GPL-3.0-or-later */
/* subject.h: what an A/B of gates compares: two variants, built, opened and checked.
 *
 * Side 0 (baseline) has no telemetry gate compiled in, side 1 (research) the named ones. Features
 * are as the build has them, in both; a feature may be compared with its absence, too. */
#ifndef HARNESS_AB_SUBJECT_H
#define HARNESS_AB_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/build/code_diff.h"
#include "harness/build/layout.h"
#include "harness/build/variant.h"
#include "harness/core/error.h"
#include "harness/core/registry.h"

enum { SUBJECT_GATES_MAX = 64 };

struct subject {
  const struct gate *gate[SUBJECT_GATES_MAX];
  size_t gates;
  bool features;                              /* the gates are features: no telemetry, no Step 0 */
  const struct gate *with[SUBJECT_GATES_MAX]; /* features compiled into both sides */
  size_t withs;
  char needs[256];                             /* which of these a gate needs, in words; "" */
  const char *flag[2 * SUBJECT_GATES_MAX + 1]; /* of the research, NULL-terminated */
  const char *with_flag[SUBJECT_GATES_MAX + 1];
  struct recipe recipe;
  struct variant variant[2];
  struct layout_image image[2];
  struct code_diff diff;
};

/* "a,b", a group, or "all" (every telemetry gate whose sites exist) as gates; with: features for
 * both sides, NULL-terminated. -ENOENT: unknown, the error names it and what is near; -EINVAL:
 * telemetry and features mixed, or a class that is not compiled out. */
int subject_gates(struct subject *s, char *const *names, char *const *with, struct error *err);
/* Builds both variants and compares their machine code. define: for both, or NULL. After it the
 * images are open, unless the code is identical (s->diff.identical). */
int subject_build(struct subject *s, const char *source_dir, struct error *err);
/* The same for two given specs (calibration). */
int subject_build_specs(struct subject *s, const char *source_dir, const struct variant_spec *baseline,
                        const struct variant_spec *research, struct error *err);
/* Every site is in the research and not in the baseline: by its counter's symbol where it has
 * one, and by differing code. -ENOENT with the site that is not. */
/* The first gate whose site is not in the variant with it, NULL: none. */
const char *subject_missing_site(const struct subject *s);
int subject_check_sites(const struct subject *s, struct error *err);
void subject_free(struct subject *s);

#endif
