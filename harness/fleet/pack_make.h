/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_make.h: a pack, from what this machine has built.
 *
 * A builder collects members and the plan; whoever has two images, from wherever, adds them by
 * pack_builder_image(). pack_make_ab() is that of `ab … --pack` for gates, libraries and commands. */
#ifndef HARNESS_FLEET_PACK_MAKE_H
#define HARNESS_FLEET_PACK_MAKE_H

#include "harness/ab/ab_options.h"
#include "harness/build/layout.h"
#include "harness/data/pack_plan.h"
#include "harness/fleet/pack_archive.h"

struct pack_builder {
  struct pack_plan plan; /* to be filled but for members */
  struct pack_builder_item {
    char *bytes;
    size_t size;
    bool executable;
  } item[PACK_MEMBERS_MAX]; /* of plan.members, in their order */
  size_t bytes;
};

/* arch, harness, protocol. */
int pack_builder_start(struct pack_builder *b, struct error *err);
int pack_builder_bytes(struct pack_builder *b, const char *name, bool executable, const void *bytes, size_t size,
                       struct error *err);
int pack_builder_file(struct pack_builder *b, const char *name, bool executable, const char *path, struct error *err);
/* side 0 is out or a. */
int pack_builder_image(struct pack_builder *b, int side, const struct layout_image *im, struct error *err);
/* Writes it, whole or not at all; what is there is replaced only where it is a pack. *out, which fields_init has
 * seen, says what it is. */
int pack_builder_write(struct pack_builder *b, const char *path, struct pack_summary *out, struct error *err);
void pack_builder_free(struct pack_builder *b);

/* Whether a pack may be written there, asked before anything is built. */
int pack_place_check(const char *path, struct error *err);

/* As ab_options.instead; context is the path. Writes the pack, proves that it can be opened, and remembers its hash
 * as one that was made here (pack_trust.h). */
int pack_make_ab(void *path, const struct ab_options *o, const void *what, struct ab_result *result, struct error *err);

#endif
