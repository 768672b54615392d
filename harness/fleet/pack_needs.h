/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_needs.h: what a pack asks of the C library of the machine that runs it. */
#ifndef HARNESS_FLEET_PACK_NEEDS_H
#define HARNESS_FLEET_PACK_NEEDS_H

#include <stddef.h>

#include "harness/core/error.h"
#include "harness/fleet/pack_archive.h"

/* "2.34": the newest version of glibc's symbols that a member asks for which the system's loader loads; "" where none
 * does. Images of gates are not among them: the static runner maps these. */
void pack_needs_glibc(const struct pack_archive *a, char *text, size_t size);

/* A gate's image gets what it asks of libc from the static runner; ERROR_UNMEASURED where that lacks a name. */
int pack_needs_names(const unsigned char *image, size_t size, struct error *err);

#endif
