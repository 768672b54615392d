/* SPDX-License-Identifier: GPL-3.0-or-later */
/* campaign_salvage.c: from records to samples, and what a cut-off campaign left behind. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/ab/campaign.h"

void campaign_sample(const struct campaign *c, const struct ab_record *r, struct sample *s) {
  memset(s, 0, sizeof *s);
  s->pair = r->id;
  s->side = r->arm & 1;
  s->kind = r->arm & 2 ? SAMPLE_CONTROL : SAMPLE_TEST;
  s->place = r->order;
  s->seed = r->job.seed;
  s->run = c->run;
  s->started_ns = r->started_ns;
  s->ready_ns = r->ready_ns;
  s->ended_ns = r->ended_ns;
  s->steal_ticks = -1;
  s->elapsed_s = c->elapsed_s;
  s->pmu_count = r->pmu_count;
  uint32_t rounds = r->rounds_done < AB_ROUNDS_MAX ? r->rounds_done : AB_ROUNDS_MAX;
  s->complete = r->state == AB_RECORD_DONE && rounds == r->job.rounds;
  samples_reduce(s, r->round, rounds);
}

void campaign_count(struct campaign *c, const struct sample *s) {
  if (s->kind != SAMPLE_TEST || !s->complete) return;
  struct campaign_side *k = &c->side[s->side];
  k->ops += s->ops;
  k->minor_faults += s->minor_faults;
  k->voluntary += s->voluntary;
  k->involuntary += s->involuntary;
  k->migrations += s->migrations;
  k->pmu_count = s->pmu_count;
  for (uint32_t i = 0; i < AB_PMU_MAX; i++) k->pmu[i] += s->pmu[i];
  k->processes += !isnan(s->log_ns);
}

int campaign_salvage(struct campaign *c, struct ab_records *records, struct error *err) {
  for (unsigned i = 0; i < AB_RECORDS; i++) {
    struct ab_record *r = &records->record[i];
    /* pair ids start at 1: 0 is a pilot's */
    if (r->state == AB_RECORD_FREE || r->rounds_done == 0 || r->id == 0) continue;
    struct sample s;
    struct ab_record copy = *r;
    r = &copy;
    records->record[i].state = AB_RECORD_FREE;
    if (samples_record_fault(r) != NULL) continue;
    campaign_sample(c, r, &s);
    s.complete = false; /* its partner may be missing: kept on disk, and the pair is done anew */
    int rc = samples_append(&c->log, &s, r, err);
    if (rc) return rc;
  }
  return 0;
}

/* Drops records whose process is on disk already. */
static void drop_known(struct ab_records *records, const struct sample *list, size_t count) {
  for (unsigned i = 0; i < AB_RECORDS; i++)
    for (size_t k = count; k-- > 0 && records->record[i].state != AB_RECORD_FREE;)
      if (list[k].pair == records->record[i].id && list[k].side == (records->record[i].arm & 1))
        records->record[i].state = AB_RECORD_FREE;
}

static int take_samples(struct campaign *c, const struct sample *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (list[i].pair >= c->next_pair) c->next_pair = list[i].pair + 1;
    if (list[i].run >= c->run) c->run = list[i].run + 1;
    c->elapsed_s = fmax(c->elapsed_s, list[i].elapsed_s);
    campaign_count(c, &list[i]);
  }
  if (c->spec.toggles) return pairs_of_toggles(&c->pairs, list, count);
  return pairs_of_samples(&c->pairs, list, count, !campaign_is_foreign(&c->spec));
}

int campaign_take_up(struct campaign *c, struct error *err) {
  struct sample *list;
  size_t count;
  struct ab_records *records;
  struct error none;
  int rc = samples_load(c->results, true, &list, &count, err);
  if (rc == 0) rc = samples_open(&c->log, c->results, err);
  if (rc) {
    free(list);
    return rc;
  }
  if (take_samples(c, list, count) != 0) rc = error_set_errno(err, -ENOMEM, "cannot take the samples up");
  error_clear(&none);
  if (rc == 0 && session_recover(c->results, &records, &none) == 0) {
    drop_known(records, list, count);
    for (unsigned i = 0; i < AB_RECORDS; i++)
      if (records->record[i].state != AB_RECORD_FREE && records->record[i].id >= c->next_pair &&
          records->record[i].id <= SAMPLES_PAIR_MAX)
        c->next_pair = records->record[i].id + 1;
    rc = campaign_salvage(c, records, err);
    free(records);
  }
  free(list);
  return rc;
}
