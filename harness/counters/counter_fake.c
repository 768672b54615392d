/* SPDX-License-Identifier: GPL-3.0-or-later */
/* counter_fake.c: see counter_fake.h. */
#include "harness/counters/counter_fake.h"

#include <string.h>

static int fake_open(void *context, struct perf_group *g, const struct perf_event_id *ids, int count, pid_t pid,
                     unsigned flags) {
  struct counter_fake *f = context;
  (void)ids;
  (void)pid;
  (void)flags;
  memset(g, 0, sizeof *g);
  g->leader = -1;
  g->count = count;
  f->opens++;
  for (int i = 0; i < count; i++) {
    g->fd[i] = -1;
    g->error[i] = f->open_error[i];
    g->position[i] = g->error[i] == 0 ? g->opened++ : -1;
    if (g->leader < 0 && g->error[i] == 0) g->leader = i;
  }
  return g->opened;
}

static void fake_enable(void *context, struct perf_group *g) {
  (void)g;
  ((struct counter_fake *)context)->enables++;
}

static void fake_disable(void *context, struct perf_group *g) {
  (void)g;
  ((struct counter_fake *)context)->disables++;
}

static int fake_read(void *context, const struct perf_group *g, struct perf_group_sample *s) {
  struct counter_fake *f = context;
  (void)g;
  int k = f->reads_done++;
  if (f->fail_at >= 0 && k >= f->fail_at) return f->read_error;
  *s = f->reads[k < f->read_count ? k : f->read_count - 1];
  return 0;
}

static void fake_close(void *context, struct perf_group *g) {
  ((struct counter_fake *)context)->closes++;
  g->opened = 0;
}

const struct counter_source counter_source_fake = {
  "fake", fake_open, fake_enable, fake_disable, fake_read, fake_close
};
