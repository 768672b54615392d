/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view.h: the program in one configuration, and a second one beside it; internal to the engine.
 *
 * What one configuration leaves out is read in no other way than by words, which ends in UNKNOWN. Where that
 * decides a row, the units that differ are compiled once more so that it is compiled, and both are judged: the worst
 * class wins, and the row says where it comes from. What both leave out stays UNKNOWN. */
#ifndef HARNESS_AUDIT_VIEW_H
#define HARNESS_AUDIT_VIEW_H

#include "harness/audit/classify.h"
#include "harness/audit/dead.h"
#include "harness/audit/sources.h"

struct view {
  struct program p;
  struct sources src;
  struct dead dead;
  struct judgement j;
  bool own_text; /* compiled by us, so that its texts can be read */
  bool followed; /* src and j are filled */
};

/* engine.c: from units to locations that are followed; notes go into the result. */
int view_follow(struct view *v, struct units *u, struct audit_result *r, struct error *err);
/* engine.c: floors for what is left out, and classes. Again after locations were added, or src.other was set. */
void view_judge(struct view *v);
/* engine.c: the next place that is left out and may read the location; NULL: none. */
const struct source_use *view_left_out(struct view *v, struct key *k, const struct source_use *after);
void view_free(struct view *v);

/* configs.c: words of a second configuration that compiles what decides rows here; none: there is no need of one.
 * fewer: those for checks alone. */
int configs_words(struct view *v, struct words *all, struct words *fewer);
/* configs.c: each location and load gets the worst class of both; words: how the second one is named. */
void configs_join(struct view *v, struct view *other, const struct words *words);

#endif
