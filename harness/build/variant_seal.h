/* SPDX-License-Identifier: GPL-3.0-or-later */
/* variant_seal.h: whether a cached variant is still what was built.
 *
 * The cache's name of a variant is a hash of what it was made from; what lies under it may have been
 * cut by a full disk or changed by anybody. The last file that a build writes is the hash of all
 * others; a folder that does not fit it is no variant, and is built anew. */
#ifndef HARNESS_BUILD_VARIANT_SEAL_H
#define HARNESS_BUILD_VARIANT_SEAL_H

#include <stdbool.h>

#include "harness/core/error.h"

/* Over every file of the folder, by name and content. */
int variant_seal(const char *dir, struct error *err);
bool variant_sealed(const char *dir);

#endif
