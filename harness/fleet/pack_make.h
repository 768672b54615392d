/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_make.h: `ab … --pack` for gates, libraries, commands and projects. */
#ifndef HARNESS_FLEET_PACK_MAKE_H
#define HARNESS_FLEET_PACK_MAKE_H

#include "harness/ab/ab_options.h"
#include "harness/data/ab_result.h"

/* As ab_options.instead; context is the path. Writes the pack, proves that it can be opened, and remembers its hash
 * as one that was made here (pack_trust.h). */
int pack_make_ab(void *path, const struct ab_options *o, const void *what, struct ab_result *result, struct error *err);

#endif
