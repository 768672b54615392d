/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_layout.h: a variant that can be laid out anew without its objects and its link map: the linked image, its
 * functions and the places that refer to them, as three members of a pack (NAME.image, NAME.sections.csv,
 * NAME.fixups.csv). What is read is checked so far that layout_render() stays within the image. */
#ifndef HARNESS_FLEET_PACK_LAYOUT_H
#define HARNESS_FLEET_PACK_LAYOUT_H

#include "harness/build/layout.h"
#include "harness/fleet/pack_archive.h"

/* Text of the two tables, to be freed. -E2BIG: a name that the table does not hold. */
int pack_layout_sections(const struct layout_image *im, char **text, size_t *size, struct error *err);
int pack_layout_fixups(const struct layout_image *im, char **text, size_t *size, struct error *err);

/* From the members NAME.…; to be closed by layout_close(). ERROR_USAGE with what is wrong. */
int pack_layout_read(struct layout_image *im, const struct pack_archive *a, const char *name, struct error *err);

#endif
