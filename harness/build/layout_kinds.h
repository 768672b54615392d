/* SPDX-License-Identifier: GPL-3.0-or-later */
/* layout_kinds.h: the kinds of place that a moved function makes wrong (layout*.c only). */
#ifndef HARNESS_BUILD_LAYOUT_KINDS_H
#define HARNESS_BUILD_LAYOUT_KINDS_H

enum {
  FIXUP_PC32,  /* signed 32-bit distance from the place */
  FIXUP_PC64,  /* the same in 64 bits */
  FIXUP_ABS64, /* image address: dynsym value, addend of a RELATIVE relocation */
};

#endif
