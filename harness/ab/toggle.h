/* SPDX-License-Identifier: GPL-3.0-or-later */
/* toggle.h: the telemetry instructions that can be switched off and on in running code.
 *
 * An instruction that reads, changes and writes back a gate's counter may be overwritten by a nop
 * of its length where nothing that may follow needs its result or its flags (liveness.h). An
 * exchange-and-add whose old value is only compared with a constant is overwritten by a move of a
 * large value into that register: the branch then goes as it does after the first few executions.
 * What remains is the direct cost of the instruction, with everything else, layout included, the
 * same. x86-64; elsewhere nothing is found and the reason says so. */
#ifndef HARNESS_AB_TOGGLE_H
#define HARNESS_AB_TOGGLE_H

#include <stdint.h>

#include "harness/ab/subject.h"
#include "harness/build/layout.h"
#include "harness/runner/protocol.h"

struct toggle_site {
  uint64_t vaddr; /* in the image as linked */
  uint32_t length;
  uint8_t off[AB_TOGGLE_BYTES_MAX];
};

struct toggle_list {
  struct toggle_site site[AB_TOGGLES_MAX];
  uint32_t count;
  unsigned found;   /* instructions that update a counter of the gates */
  unsigned locked;  /* of those, with a LOCK prefix */
  char reason[256]; /* why some or all of them cannot be toggled, "" */
};

/* In the research variant of s. 0, also where there are none. */
int toggle_find(const struct subject *s, struct toggle_list *list, struct error *err);
/* The list for one layout: where each site is, and what stands there. */
uint32_t toggle_place(const struct toggle_list *list, const struct layout_image *im, const uint64_t *address_of,
                      const unsigned char *rendered, struct ab_toggle *out);
/* Overwrites the sites in a rendered image: the code of the research without its telemetry. */
void toggle_patch(const struct toggle_list *list, const struct layout_image *im, const uint64_t *address_of,
                  unsigned char *rendered);

#endif
