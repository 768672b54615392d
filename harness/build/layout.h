/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout.h: the same objects in another order.
 *
 * Owns a variant's linked image and its layouts. The linker is run once a variant, with a link
 * map; a layout is then made from that image by moving its functions and adjusting the places
 * that the objects' relocations name, in about 0.1 ms (a relink takes 10 to 70 ms, longer than
 * the processes that it is for). tests/ab proves that the result is what the linker itself makes
 * of that order. Any linker with a map will do: lld, gold, bfd. Unwind tables are not moved:
 * nothing unwinds in a timed process.
 *
 * The order of a pair: the names common to both variants, shuffled, hot ones before cold ones;
 * then what only one of them has. Both get the same gap at the start of .text. */
#ifndef HARNESS_BUILD_LAYOUT_H
#define HARNESS_BUILD_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "harness/core/error.h"

/* One function's section in the linked image. */
struct layout_section {
  char *name; /* OBJECT:(.text.NAME), unique within the image */
  uint64_t address, size, align;
  bool cold; /* .text.unlikely: stays behind the hot ones, as the linker would have it */
  bool pad;  /* our spare room at the end */
};

struct layout_fixup {
  uint64_t offset;   /* in the file, of the place in the linked image */
  int place, target; /* section that moves with it, -1: does not move */
  int kind;          /* enum in layout.c */
};

struct layout_image {
  unsigned char *bytes;
  size_t size;
  uint64_t text_address, text_offset, text_size;
  struct layout_section *section;
  size_t section_count;
  struct layout_fixup *fixup;
  size_t fixup_count;
};

/* Reads a linked image, its map and the objects it was made of (NULL-terminated). -ENOTSUP: a
 * relocation or a machine that this file cannot move. */
int layout_open(struct layout_image *im, const char *image_path, const char *map_path, char *const *objects,
                struct error *err);
void layout_close(struct layout_image *im);

/* A plan: for each of the two images the order of its sections, and the gap before the first. */
struct layout_plan {
  uint32_t *order[2];
  uint64_t gap;
};
/* Common functions in the same random order in both; deterministic in seed. */
int layout_plan_pair(const struct layout_image *a, const struct layout_image *b, uint64_t seed,
                     struct layout_plan *plan, struct error *err);
void layout_plan_free(struct layout_plan *plan);

/* Writes the image in that order to out (im->size bytes). address_of, if not NULL, receives each
 * section's new address. */
int layout_render(const struct layout_image *im, const uint32_t *order, uint64_t gap, unsigned char *out,
                  uint64_t *address_of, struct error *err);
/* New address of an old one in .text. */
uint64_t layout_moved(const struct layout_image *im, const uint64_t *address_of, uint64_t address);
/* Bytes of spare room that the link must reserve for n functions. */
size_t layout_spare_bytes(size_t functions);
/* Proves from the new addresses that the common functions stand in the same order in both. */
bool layout_same_order(const struct layout_image *a, const uint64_t *address_a, const struct layout_image *b,
                       const uint64_t *address_b);

#endif
