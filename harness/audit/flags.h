/* SPDX-License-Identifier: GPL-3.0-or-later */
/* flags.h: which words of a recorded compile command the audit's compiler gets.
 *
 * The words are another person's: only those of an allow list are kept, the rest is either known to say
 * nothing about what the source means, or is left out by name. */
#ifndef HARNESS_AUDIT_FLAGS_H
#define HARNESS_AUDIT_FLAGS_H

#include <stdbool.h>

#include "harness/core/words.h"

struct flags {
  struct words kept;
  struct words dropped; /* left out, by name; may change which instructions there are, not what is meant */
  struct words unknown; /* left out, and may change what the source means */
  const char *no_unit;  /* why the command compiles nothing ("it only preprocesses"), NULL: it does */
  bool cxx;             /* -x c++ */
  bool links;           /* it links in the same step: no -c, -S */
  bool shared, exports; /* -shared; -rdynamic and its like */
  char *output;         /* -o, NULL: none */
};

/* directory: where response files are looked for. -ENOMEM is the only failure. */
int flags_sort(struct flags *f, char *const *words, size_t count, const char *directory);
void flags_free(struct flags *f);

#endif
