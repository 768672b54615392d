/* SPDX-License-Identifier: GPL-3.0-or-later */
/* callers.h: samples in a function, and who called it: stacks unwound with libdw from the saved
 * registers and the top of the user stack (frame-pointer chains miss the caller of a leaf). */
#ifndef HARNESS_STEP0_CALLERS_H
#define HARNESS_STEP0_CALLERS_H

#include "harness/counters/sampler_batch.h"
#include "harness/step0/elf_object.h"

struct callers_range {
  const struct elf_object *object;
  uint64_t offset, size; /* of the function, in the file */
};

struct caller {
  char name[128]; /* symbol, or "[file+0x…]" */
  uint64_t samples;
};

enum { CALLERS_MAX = 64 };

struct callers {
  uint64_t total;   /* samples looked at */
  uint64_t inside;  /* of them in one of the ranges */
  uint64_t unknown; /* inside, but the stack could not be unwound */
  struct caller caller[CALLERS_MAX];
  size_t callers; /* by descending samples */
};

/* 0 or -ENOMEM. */
int callers_find(const struct sampler_batch *batch, const struct callers_range *ranges, size_t count,
                 struct callers *out);

#endif
