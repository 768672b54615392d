/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.h: the results pages, from records alone.
 *
 * The same record gives the same bytes: nothing of the day, the machine or the folder of the
 * writing goes into a page. Estimates are computed anew from the recorded pairs. */
#ifndef HARNESS_REPORT_PAGES_H
#define HARNESS_REPORT_PAGES_H

#include <stdio.h>

#include "harness/core/words.h"
#include "harness/data/record.h"
#include "harness/phase/phase_table.h"

/* All pages that the set has records for, into out; names are appended to files . */
int pages_write(const struct record_set *set, struct results *out, struct words *files, struct error *err);
/* The pages of a set into its folder pages/; "page" of each of the result's phases is set. */
int pages_into_set(struct results *set, struct phases_result *result, struct error *err);
/* PHASE24_CLASS_STATS_RESULTS.md */
void page_file_name(const struct phase *p, char *buf, size_t size);

/* page_phase.c: one phase (row of its open gate included where there is one) */
void page_phase(FILE *f, const struct record_set *set, const struct phase *p);
/* page_summary.c */
void page_summary(FILE *f, const struct record_set *set);
/* One sentence: what all gates cost together, and how many phases have which verdict; "" where nothing is recorded. */
void page_answer(const struct record_set *set, char *text, size_t size);
void page_procedure(FILE *f, const struct record_set *set);
void page_audit(FILE *f, const struct audit_record *audit);

/* page_parts.c: what several pages have */
void page_estimate(FILE *f, const struct estimate *e); /* +0.12% [+0.10, +0.14] or "not measured" */
void page_percent(FILE *f, double pct);                /* +0.12% or "-" */
void page_distributions(FILE *f, const struct record_row *row);
void page_measures(FILE *f, const struct record_row *row); /* estimates, control, counters */
void page_step0(FILE *f, const struct ab_step0 *step0);
void page_machine(FILE *f, const struct machine *machine);
void page_calibration(FILE *f, const struct record_set *set);
void page_text(FILE *f, const char *text); /* for a table's cell: | escaped */
/* Foreign text so that it is text in Markdown, and in the HTML made of it: the one place where that is
 * seen to. Itself where there is nothing in it; else it lives until 32 more were asked for. */
const char *page_safe(const char *text);
const char *page_word(const char *text, const char *otherwise); /* is safe; the other for NULL */
const char *page_verdict(const struct record_row *row, const char *otherwise);

#endif
