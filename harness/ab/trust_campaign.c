/* SPDX-License-Identifier: GPL-3.0-or-later */
/* trust_campaign.c: see trust_campaign.h. */
#include "harness/ab/trust_campaign.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/ab/ab_run.h"
#include "harness/ab/neighbours.h"
#include "harness/core/locate.h"
#include "harness/core/machine.h"
#include "harness/data/csv_tables.h"
#include "harness/trace/trace_facts.h"

#define FOLDER "campaign"
/* Steps of the command that is measured from outside: some milliseconds. */
#define COMMAND_STEPS "150000"

static int remove_folder(struct results *own, const struct results *parent) {
  int fd = dup(own->dir_fd);
  DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
  if (!d) {
    if (fd >= 0) close(fd);
    return -errno;
  }
  rewinddir(d);
  for (struct dirent *e; (e = readdir(d));) unlinkat(own->dir_fd, e->d_name, 0);
  closedir(d);
  return unlinkat(parent->dir_fd, FOLDER, AT_REMOVEDIR) == 0 ? 0 : -errno;
}

/* Both processes of each test pair, in the order of time. */
struct totals {
  struct other_process *side[2];
  size_t count, room;
};

static int add_pair(struct totals *t, const struct other_process *a, const struct other_process *b) {
  if (t->count == t->room) {
    t->room = t->room ? 2 * t->room : 1024;
    for (int i = 0; i < 2; i++) {
      struct other_process *more = reallocarray(t->side[i], t->room, sizeof *more);
      if (!more) return -ENOMEM;
      t->side[i] = more;
    }
  }
  t->side[0][t->count] = *a;
  t->side[1][t->count++] = *b;
  return 0;
}

struct reading {
  struct totals totals;
  const struct campaign *c;
  struct other_process now[2];
  uint64_t pair;
  size_t next; /* of c's pairs: where the search goes on */
};

/* The pair that was read is over: kept where it is one that the estimate is over. */
static int end_pair(struct reading *r) {
  const struct pairs *p = &r->c->pairs;
  if (r->pair == 0) return 0;
  while (r->next < p->count && p->pair[r->next].index < r->pair) r->next++;
  bool mine = r->next < p->count && p->pair[r->next].index == r->pair && p->pair[r->next].kind == SAMPLE_TEST;
  return mine && r->now[0].ops > 0 && r->now[1].ops > 0 ? add_pair(&r->totals, &r->now[0], &r->now[1]) : 0;
}

static int each_round(void *context, const struct round_line *l, struct error *err) {
  struct reading *r = context;
  if (l->pair != r->pair) {
    if (end_pair(r) != 0) return error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
    memset(r->now, 0, sizeof r->now);
    r->pair = l->pair;
  }
  r->now[l->side & 1].ns += (double)l->wall_ns;
  r->now[l->side & 1].ops += l->ops ? (double)l->ops : 1;
  return 0;
}

static int other_rules(const struct campaign *c, struct results *own, struct trust_line *line, struct error *err) {
  struct reading r = { .c = c };
  int rc = samples_rounds(own, false, each_round, &r, err);
  if (rc == 0 && end_pair(&r) != 0) rc = error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  if (rc == 0) {
    const struct totals *t = &r.totals;
    other_rules_ten(t->side[0], t->side[1], t->count, true, &line->in_order);
    other_rules_ten(t->side[0], t->side[1], t->count, false, &line->interleaved);
    other_rules_pairs(t->side[0], t->side[1], t->count, &line->paired);
  }
  free(r.totals.side[0]);
  free(r.totals.side[1]);
  return rc;
}

static void fill(const struct trust_campaign *t, const struct campaign *c, struct trust_line *line) {
  struct machine m;
  line->engine = TRUST_ENGINE;
  line->time = (uint64_t)time(NULL);
  line->seed = t->seed;
  line->workload = t->workload;
  line->kind = t->kind;
  line->threads = c->spec.threads;
  line->budget_s = c->spec.budget_s;
  line->elapsed_s = c->elapsed_s;
  line->pairs = c->pairs.tests;
  line->verdict = c->verdict.verdict;
  line->core = c->core;
  line->gain = c->gain_pct.value;
  line->se = c->gain_pct.se;
  line->df = c->gain_pct.df;
  line->low = c->gain_pct.low;
  line->high = c->gain_pct.high;
  line->level = c->gain_pct.level;
  for (int k = 0; k < CORE_ENDS; k++) {
    const struct core_end *e = &c->end[k];
    line->end[k] = (struct trust_end){ e->pairs,    e->gain.value, e->gain.se,       e->gain.df,
                                       e->gain.low, e->gain.high,  c->end_verdict[k] };
  }
  line->ns_per_op = pairs_ns(&c->pairs, PAIRS_BOTH, 0);
  line->alone_pct = pairs_alone_pct(&c->pairs);
  line->disturbed_pct = pairs_disturbed_pct(&c->pairs, PAIRS_BOTH);
  line->steal_pct = c->steal_pct;
  machine_read(&m);
  snprintf(line->machine, sizeof line->machine, "%.80s (%.20s); %d CPUs; Linux %.40s", m.cpu ? m.cpu : "unknown",
           m.cpu_model ? m.cpu_model : "unknown", (int)m.cpus, m.kernel ? m.kernel : "unknown");
  fields_free(&machine_fields, &m);
}

/* Which variant stands on side 1. */
static const struct subject *subject_of(const struct trust_campaign *t) {
  for (size_t i = 0; i < t->injected->count; i++)
    if (strcmp(t->injected->kind[i]->name, trust_kind_names[t->kind]) == 0) return &t->injected->subject[i];
  return &t->injected->subject[0];
}

/* The library of the first variant, on both sides: rounds of a replayed trace, or whole runs of a command. */
static int add_words(const struct trust_campaign *t, struct words side[2], struct error *err) {
  const char *library = t->injected->subject[0].variant[0].image_path;
  char program[PATH_MAX];
  int rc = locate(LOCATE_BENCH, program, sizeof program, err);
  for (int i = 0; i < 2 && rc == 0; i++) {
    struct words *w = &side[i];
    if (t->workload == TRUST_REPLAY) {
      rc = run_library_words(library, w, err);
      if (rc) return rc;
    } else {
      rc = words_add(w, "+LD_PRELOAD=%s", library) || words_add(w, "%s", program) || words_add(w, "random_mixed") ||
           words_add(w, "ops=" COMMAND_STEPS);
    }
    if (rc) rc = error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  }
  return rc;
}

static int spec_of(const struct trust_campaign *t, struct ab_options *o, struct words side[2],
                   struct campaign_spec *spec, struct error *err) {
  static const struct run_accept all_well = { .code = { true } };
  const struct subject *s = subject_of(t);
  bool same = t->kind == TRUST_SAME || t->kind == TRUST_RELINKED;
  *o = *t->options;
  o->threads[0] = t->workload == TRUST_REMOTE_FREE ? 2 : 1;
  o->threads[1] = 0;
  o->workload = t->workload == TRUST_COMMAND  ? "-"
                : t->workload == TRUST_REPLAY ? t->trace->workload
                                              : trust_workload_names[t->workload];
  int rc = ab_base_spec(o, o->threads[0], spec, err);
  if (rc) return rc;
  spec->label = trust_workload_names[t->workload];
  spec->seed = t->seed;
  if (t->workload == TRUST_REPLAY) {
    spec->file_crc = t->trace->crc;
    spec->file_ops = t->trace->ops;
  }
  spec->quiet = true; /* the run as a whole shows how far it is */
  if (t->workload == TRUST_RANDOM_MIXED || t->workload == TRUST_REMOTE_FREE) {
    spec->kind = AB_JOB_IMAGE;
    spec->image[0] = &s->image[0];
    spec->image[1] = &s->image[same ? 0 : 1];
    spec->independent_layouts = t->kind == TRUST_RELINKED;
    return 0;
  }
  rc = add_words(t, side, err);
  spec->kind = t->workload == TRUST_COMMAND ? AB_JOB_COMMAND : AB_JOB_BENCH;
  spec->baseline_name = "a";
  spec->side_argv[0] = side[0].word;
  spec->side_argv[1] = side[1].word;
  if (t->workload == TRUST_COMMAND) {
    spec->rounds = 1;
    spec->warm_rounds = 0;
    spec->accept = &all_well;
  }
  return rc;
}

int trust_campaign_run(const struct trust_campaign *t, struct results *results, struct trust_line *line, bool *done,
                       struct error *err) {
  struct ab_options o;
  struct campaign_spec spec;
  struct campaign c;
  struct results own;
  struct words side[2] = { { 0 } };
  double load;
  memset(line, 0, sizeof *line);
  line->load = getloadavg(&load, 1) == 1 ? load : NAN;
  struct neighbours before, after;
  double own_s = neighbours_own_s(true);
  neighbours_read(&before);
  int rc = spec_of(t, &o, side, &spec, err);
  if (rc == 0) rc = ab_folder_campaign(&c, &spec, results, FOLDER, &own, err);
  if (rc == 0) {
    *done = !c.interrupted;
    fill(t, &c, line);
    rc = other_rules(&c, &own, line, err);
    campaign_close(&c);
    neighbours_read(&after); /* the runner has ended, and its children's time is ours */
    line->others_pct = neighbours_others_pct(&before, &after, neighbours_own_s(true) - own_s);
    line->waiting_pct = neighbours_waiting_pct(&before, &after);
    if (rc == 0 && (rc = remove_folder(&own, results)) != 0) error_set_errno(err, rc, "cannot remove %s", own.path);
    results_close(&own);
  }
  for (int i = 0; i < 2; i++) words_free(&side[i]);
  return rc;
}
