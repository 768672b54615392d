/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_trust.h: whether this user wants a pack to be run.
 *
 * A pack brings programs. None of them is started before its hash was given on the command line, confirmed on a
 * terminal, or is that of one that this user made or confirmed before (a list of hashes in the state folder). */
#ifndef HARNESS_FLEET_PACK_TRUST_H
#define HARNESS_FLEET_PACK_TRUST_H

#include <stdbool.h>

#include "harness/core/error.h"

bool pack_trust_has(const char *hash);
int pack_trust_add(const char *hash, struct error *err);
/* given: --hash, or NULL. ask: a question may be put on the terminal. 0, or ERROR_REFUSED; ERROR_USAGE where given
 * is the hash of another pack. */
int pack_trust(const char *hash, const char *given, bool ask, struct error *err);

#endif
