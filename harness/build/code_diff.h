/* SPDX-License-Identifier: GPL-3.0-or-later */
/* code_diff.h: what differs between the machine code of two variants, by their objects.
 *
 * Sections that are loaded are compared by name, content and relocations (by symbol), so that
 * addresses do not count. Debug information does not count either. */
#ifndef HARNESS_BUILD_CODE_DIFF_H
#define HARNESS_BUILD_CODE_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "harness/core/error.h"
#include "harness/core/words.h"

struct code_diff {
  bool identical;         /* no loaded section differs; a counter in .bss that no code uses is no difference */
  struct words functions; /* whose code differs, or that only one of them has */
  struct words data;      /* data sections that differ */
};

/* The objects of both variants, in the same order. */
int code_diff_make(const struct words *objects_a, const struct words *objects_b, struct code_diff *diff,
                   struct error *err);
void code_diff_free(struct code_diff *diff);

/* Whether one of the objects defines the symbol (a static one with the compiler's number behind
 * it too). Negative errno where an object cannot be read. */
int code_defines(const struct words *objects, const char *symbol, struct error *err);

#endif
