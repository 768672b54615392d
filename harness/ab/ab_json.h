/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ab_json.h: a campaign as JSON, and the JSON as lines for people. */
#ifndef HARNESS_AB_AB_JSON_H
#define HARNESS_AB_AB_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "harness/ab/campaign.h"

/* {estimate, low, high, level}, null where there is no estimate. */
json_t *ab_estimate_json(const struct estimate *e);
/* Adds verdict, reason, gain_pct and what else a campaign knows to o. */
void ab_campaign_json(const struct campaign *c, json_t *o);
void ab_verdict_json(const struct verdict_result *v, json_t *o);
/* The whole result for people. */
void ab_print(FILE *f, const json_t *result);

#endif
