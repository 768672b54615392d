/* SPDX-License-Identifier: GPL-3.0-or-later */
/* perf_group.h: one group of perf_event counters, opened, read and closed together.
 *
 * The lowest layer of the counters, shared by the harness and the runner hakmem-bench: it
 * allocates nothing, prints nothing and needs libc alone. Names are somebody else's business
 * (counter_event.h); so are scaling and judgement (counter_set.h). */
#ifndef HARNESS_RUNNER_PERF_GROUP_H
#define HARNESS_RUNNER_PERF_GROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { PERF_GROUP_MAX = 8 };

/* What perf_event_attr needs to say which event. */
struct perf_event_id {
  uint32_t type;
  uint64_t config, config1, config2;
};

enum {
  PERF_GROUP_KERNEL = 1,   /* count kernel mode too (software events such as context switches
                              happen there); the default is user space only */
  PERF_GROUP_PINNED = 2,   /* on the PMU always or in error: no multiplexing */
  PERF_GROUP_NO_RDPMC = 4, /* always read() */
};

struct perf_group {
  int count;                    /* events asked for */
  int fd[PERF_GROUP_MAX];       /* -1: refused */
  int error[PERF_GROUP_MAX];    /* 0 or the (positive) errno of the refusal */
  int position[PERF_GROUP_MAX]; /* in the group's read, -1: refused */
  void *page[PERF_GROUP_MAX];   /* mapped control page, NULL: none */
  int opened;                   /* events that count */
  int leader;                   /* index, -1 while none is open */
  bool rdpmc;                   /* all of them can be read in user space */
};

struct perf_group_sample {
  uint64_t value[PERF_GROUP_MAX]; /* raw; meaningless where error[i] != 0 */
  uint64_t enabled_ns, running_ns;
};

/* Opens what can be opened, disabled, for task pid (0: the caller) on any CPU. Returns the
 * number of open events; refusals are in error[]. An event that the PMU cannot take into the
 * same group is refused (EINVAL), never moved to another one. */
int perf_group_open(struct perf_group *g, const struct perf_event_id *ids, int count, pid_t pid, unsigned flags);
void perf_group_enable(struct perf_group *g);
void perf_group_disable(struct perf_group *g);
void perf_group_reset(struct perf_group *g);
/* One read(): values and times. 0 or negative errno. */
int perf_group_read(const struct perf_group *g, struct perf_group_sample *s);
/* Values alone, in user space where g->rdpmc, else by read(). For both ends of a short region
 * in the thread that is counted. 0 or negative errno (-EAGAIN: an event is not on the PMU now). */
int perf_group_read_fast(const struct perf_group *g, struct perf_group_sample *s);
void perf_group_close(struct perf_group *g);

#endif
