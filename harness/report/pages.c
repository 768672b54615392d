/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pages.c: which pages there are, and their files. */
#include "harness/report/pages.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void page_file_name(const struct phase *p, char *buf, size_t size) {
  if (p->kind == PHASE_PROCEDURE) snprintf(buf, size, "PHASE%s_%s.md", p->id, p->name);
  else if (strcmp(p->id, "warm-pool-logs") == 0) /* the source gave it no number */
    snprintf(buf, size, "PHASE_%s_RESULTS.md", p->name);
  else snprintf(buf, size, "PHASE%s_%s_RESULTS.md", p->id, p->name);
}

struct page {
  FILE *f;
  char *text;
  size_t length;
};

static int page_open(struct page *p, struct error *err) {
  p->text = NULL;
  p->f = open_memstream(&p->text, &p->length);
  return p->f ? 0 : error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
}

static int page_close(struct page *p, const char *name, struct results *out, struct words *files, struct error *err) {
  int rc = fclose(p->f) == 0 ? results_write(out, name, p->text, p->length, err)
                             : error_raise(err, ERROR_INTERNAL, -ENOMEM, "out of memory");
  free(p->text);
  if (rc == 0) rc = words_add(files, "%s", name);
  return rc;
}

static int phase_page(const struct record_set *set, const struct phase *p, struct results *out, struct words *files,
                      struct error *err) {
  struct page page;
  char name[128];
  page_file_name(p, name, sizeof name);
  int rc = page_open(&page, err);
  if (rc) return rc;
  if (p->kind == PHASE_PROCEDURE) page_procedure(page.f, set);
  else page_phase(page.f, set, p);
  return page_close(&page, name, out, files, err);
}

int pages_write(const struct record_set *set, struct results *out, struct words *files, struct error *err) {
  struct page page;
  int rc = page_open(&page, err);
  if (rc) return rc;
  page_summary(page.f, set);
  rc = page_close(&page, "CUMULATIVE_SUMMARY.md", out, files, err);
  for (size_t i = 0; i < phase_count() && rc == 0; i++)
    if (record_set_row(set, phase_at(i)->id)) rc = phase_page(set, phase_at(i), out, files, err);
  if (rc || !set->audit || !fields_has(&audit_record_fields, set->audit, "atomics")) return rc;
  rc = page_open(&page, err);
  if (rc) return rc;
  page_audit(page.f, set->audit);
  return page_close(&page, "ATOMIC_AUDIT_FULL.txt", out, files, err);
}

/* A set that was cut off before its first row has no pages. */
int pages_into_set(struct results *set, struct phases_result *result, struct error *err) {
  static struct record_set records;
  struct results out;
  struct words files = { 0 };
  char path[PATH_MAX], name[128];
  int rc = record_set_add(&records, set->path, err);
  if (rc == 0) rc = results_subfolder(set, "pages", &out, err);
  if (rc == 0) {
    rc = pages_write(&records, &out, &files, err);
    results_close(&out);
  }
  for (size_t i = 0; i < result->phases.count; i++) {
    const struct phase *p = phase_find(page_word(result->phases.item[i].id, ""));
    if (!p) continue;
    page_file_name(p, name, sizeof name);
    snprintf(path, sizeof path, "%.3800s/pages/%s", set->path, name);
    if (access(path, R_OK) == 0) fields_copy_text(&result->phases.item[i].page, path);
  }
  words_free(&files);
  record_set_free(&records);
  return rc == -ENOENT ? 0 : rc;
}
