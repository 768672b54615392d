/* SPDX-License-Identifier: GPL-3.0-or-later */
/* keeper.h: the process that keeps root's rights where sudo started us. It opens no path of the user's,
 * reads no foreign format, and answers the requests of privilege_protocol.h until its socket closes. */
#ifndef HARNESS_KEEPER_KEEPER_H
#define HARNESS_KEEPER_KEEPER_H

#include "harness/core/privilege.h"

void keeper_serve(const struct privilege_terms *terms);

#endif
