/* SPDX-License-Identifier: GPL-3.0-or-later */
/* malloc_gate.h: the runner's malloc family: one indirect jump each, as a PLT entry would be, to
 * a small start-up allocator first and to the variant once it is loaded. */
#ifndef HARNESS_RUNNER_MALLOC_GATE_H
#define HARNESS_RUNNER_MALLOC_GATE_H

#include "harness/runner/image.h"

/* Points the family at the image. Returns NULL or what is missing. */
const char *malloc_gate_open(const struct image *im);

#endif
