/* SPDX-License-Identifier: GPL-3.0-or-later */
/* classify.h: from flows to classes.
 *
 * The flow of each location is followed once; locations it is stored into are judged too. Classes
 * then spread along these dependencies, starting from TELEMETRY and only getting worse, so that
 * circles of counters that only feed each other stay TELEMETRY. */
#ifndef HARNESS_AUDIT_CLASSIFY_H
#define HARNESS_AUDIT_CLASSIFY_H

#include "harness/audit/flow.h"

struct judged {
  struct key *key; /* whose class it is; NULL: a load site's own flow */
  struct flow flow;
  enum audit_class cls;
  int by;                 /* index of the judged it got its class from, -1: itself */
  struct flow_dep via;    /* the dependency, where by >= 0 */
  enum audit_class outer; /* what it is in another configuration, and why */
  char *outer_why;
};

struct judgement {
  struct program *p;
  struct judged *item;
  size_t count;
  struct map of_key; /* key -> index + 1 */
  size_t *site_item; /* for each site of the program: index + 1 of its own flow, 0: none */
};

/* Follows all that is needed for every site. */
void judge_follow(struct judgement *j, struct program *p);
/* Follows locations that no site of this configuration leads to as well. */
void judge_also(struct judgement *j, struct key *k);
/* Why an item has its class, to free. */
char *judge_reason(struct judgement *j, size_t item);
/* Spreads the classes; floors of keys must be set by then. */
void judge_spread(struct judgement *j);
/* Class, reason and witness of a site as the key `key` (NULL for a fence). */
void judge_site(struct judgement *j, size_t site, struct key *key, struct verdict *out);
void judge_free(struct judgement *j);

#endif
