/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_builder.h: collects the members of a pack and its plan, and writes them; whoever has two images, from
 * wherever, adds them by pack_builder_image(). */
#ifndef HARNESS_FLEET_PACK_BUILDER_H
#define HARNESS_FLEET_PACK_BUILDER_H

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

#endif
