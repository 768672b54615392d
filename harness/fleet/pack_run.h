/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_run.h: a pack, measured on this machine. */
#ifndef HARNESS_FLEET_PACK_RUN_H
#define HARNESS_FLEET_PACK_RUN_H

#include <stdbool.h>

#include "harness/core/exit_codes.h"
#include "harness/fleet/pack_open.h"

struct pack_run_options {
  const char *out_dir;
  double budget_s; /* 0: the plan's */
  const char *user;
  bool quiet;
};

/* Proves execution here, measures, and appends to pairs.jsonl in a new folder of results. The pack has been opened
 * and is trusted. *r, which fields_init has seen, receives what was found; with Ctrl-C it is partial. */
int pack_run(const struct pack *p, const struct pack_run_options *o, struct pack_result *r, struct error *err);
enum exit_code pack_exit_code(const struct pack_result *r);
/* What `pack show` and `pack run` say of the pack itself. */
int pack_describe(const struct pack *p, const char *path, struct pack_result *r, struct error *err);

#endif
