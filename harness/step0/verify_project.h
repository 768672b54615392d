/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify_project.h: `verify --project FILE GATE`: Step 0 of a gate of somebody's project. */
#ifndef HARNESS_STEP0_VERIFY_PROJECT_H
#define HARNESS_STEP0_VERIFY_PROJECT_H

#include <jansson.h>
#include <stdio.h>

#include "harness/core/error.h"
#include "harness/project/project_gated.h"
#include "harness/step0/verify.h"

struct verify_project {
  struct project_gated gated;
  struct words line, symbol, command;
  const char *nothing; /* why there is no place that could run; NULL: there is one */
  char elsewhere[256]; /* where else than in the image that is looked into the gate is, or may be; "": nowhere */
};

/* Builds both ways and puts binary, places and command into *req. timeout_s 0: ten minutes. */
int verify_project_open(struct verify_project *p, const char *file, const char *gate, const char *workload,
                        double timeout_s, struct verify_request *req, struct error *err);
void verify_project_close(struct verify_project *p);

/* verify_run(), or what is to be said where there is nothing to run; operations are a server's requests. */
int verify_project_run(const struct verify_project *p, const struct verify_request *req, struct verify_result *res,
                       struct error *err);
/* What `verify` does not know: project, gate, the lines and how they were found. */
json_t *verify_project_json(const struct verify_project *p, const struct verify_result *res);
void verify_project_print(FILE *out, const struct verify_project *p, const struct verify_result *res);

/* verify_run() of places that may run a million times: all executions are counted where the armed workload ends in
 * VERIFY_COUNT_S (or req->timeout_s, where that is set); else it is run until a place of it was seen, what was not seen
 * then is INCONCLUSIVE, and how often it runs is not known: *counted false. */
#define VERIFY_COUNT_S 20.0
int verify_places(const struct verify_request *req, struct verify_result *res, bool *counted, struct error *err);

#endif
