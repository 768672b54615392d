/* SPDX-License-Identifier: GPL-3.0-or-later */
/* read_only.c: see read_only.h. */
#include "harness/data/read_only.h"

#include "harness/data/tables.h"

#define S struct ab_site
static const struct field site[] = {
  TEXT(S, "name", name, 0),
  WORD(S, "verdict", verdict, 0, step0_verdict_names),
  COUNT(S, "hits", hits, 0),
  NUMBER(S, "hits_per_op", hits_per_op, 0),
};
static const struct field_table site_fields = { .size = sizeof(S), .others_ignored = true, FIELDS_OF(site) };
#undef S

#define S struct ab_step0
static const struct field verify[] = {
  TEXT(S, "method", method, 0),
  TEXT(S, "workload", workload, 0),
  LIST(S, "per_site", per_site, 0, &site_fields),
  COUNT(S, "ops", ops, 0),
};
const struct field_table verify_sites_fields = {
  .schema = "verify", .title = "sites of a verify", .size = sizeof(S), .others_ignored = true, FIELDS_OF(verify)
};
#undef S

#define S struct verify_hits
static const struct field hits[] = { ANSWER(S, "partial", partial, 0), LIST(S, "per_site", per_site, 0, &site_fields) };
const struct field_table verify_hits_fields = {
  .schema = "verify", .title = "hits of a verify", .size = sizeof(S), .others_ignored = true, FIELDS_OF(hits)
};
#undef S

#define S struct bench_time
static const struct field time_of[] = {
  ANSWER(S, "partial", partial, 0),
  TEXT(S, "workload", workload, 0),
  NUMBER(S, "ns_per_op", ns_per_op, 0),
};
const struct field_table bench_time_fields = {
  .schema = "bench", .title = "time of a bench", .size = sizeof(S), .others_ignored = true, FIELDS_OF(time_of)
};
#undef S

#define S struct peer_spread
static const struct field spread[] = { NUMBER(S, "median", median, 0), NUMBER(S, "low", low, 0),
                                       NUMBER(S, "high", high, 0) };
static const struct field_table spread_fields = { .size = sizeof(S), .others_ignored = true, FIELDS_OF(spread) };
#undef S

#define S struct peer_one
static const struct field one[] = {
  TEXT(S, "allocator", allocator, 0),
  PART(S, "time_ns", time_ns, 0, &spread_fields),
  PART(S, "peak_rss_bytes", peak_rss_bytes, 0, &spread_fields),
};
static const struct field_table one_fields = { .size = sizeof(S), .others_ignored = true, FIELDS_OF(one) };
#undef S

#define S struct peer_line
static const struct field line[] = { TEXT(S, "name", name, 0), LIST(S, "allocators", allocators, 0, &one_fields) };
static const struct field_table line_fields = { .size = sizeof(S), .others_ignored = true, FIELDS_OF(line) };
#undef S

#define S struct peers_record
static const struct field peers[] = { LIST(S, "rows", rows, 0, &line_fields), COUNT(S, "repetitions", repetitions, 0) };
const struct field_table peers_record_fields = {
  .schema = "peers", .title = "rows of a peers", .size = sizeof(S), .others_ignored = true, FIELDS_OF(peers)
};
#undef S
