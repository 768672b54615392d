/* SPDX-License-Identifier: GPL-3.0-or-later */
/* read_only.h: what pictures and the audit read of results that others write and own: of `verify`,
 * `bench` and `peers`. */
#ifndef HARNESS_DATA_READ_ONLY_H
#define HARNESS_DATA_READ_ONLY_H

#include "harness/data/ab_result.h"

/* Of hakmem.verify/1, into the form that `ab` keeps of its Step 0. */
extern const struct field_table verify_sites_fields;

struct verify_hits {
  uint64_t absent;
  enum answer partial;
  LIST_OF(struct ab_site) per_site;
};
extern const struct field_table verify_hits_fields; /* of hakmem.verify/1 */

struct bench_time {
  uint64_t absent;
  enum answer partial;
  char *workload;
  double ns_per_op;
};
extern const struct field_table bench_time_fields; /* of hakmem.bench/1 */

struct peer_spread {
  uint64_t absent;
  double median, low, high;
};

struct peer_one {
  uint64_t absent;
  char *allocator;
  struct peer_spread time_ns, peak_rss_bytes;
};

struct peer_line {
  uint64_t absent;
  char *name;
  LIST_OF(struct peer_one) allocators;
};

struct peers_record {
  uint64_t absent;
  LIST_OF(struct peer_line) rows;
  int64_t repetitions;
};
extern const struct field_table peers_record_fields; /* of hakmem.peers/1 */

#endif
