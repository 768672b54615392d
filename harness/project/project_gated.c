/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_gated.c: see project_gated.h. */
#include "harness/project/project_gated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/project/project_builtin.h"
#include "harness/project/project_macro.h"
#include "harness/project/project_run.h"

static const char *const by_names[] = { "",     "diff",      "text",      "diff+text",
                                        "code", "diff+code", "text+code", "diff+text+code" };

const char *gated_by_name(unsigned by) { return by_names[by & 7]; }

unsigned gated_by_of(const char *text) {
  unsigned by = 7;
  while (by > 0 && (!text || strcmp(text, by_names[by]) != 0)) by--;
  return by;
}

const char *project_class_name(enum project_class user_class) {
  static const char *const names[] = { NULL, "telemetry", "correctness" };
  return names[user_class];
}

static int add_function(struct words *symbol, const char *item) {
  const char *colon = strrchr(item, ':'), *name = colon ? colon + 1 : item;
  char plain[256]; /* without what the compiler put behind it: f.constprop is a clone of f */
  snprintf(plain, sizeof plain, "%.*s", (int)strcspn(name, "."), name);
  bool known = plain[0] == '\0';
  for (size_t n = 0; n < symbol->count; n++) known |= strcmp(symbol->word[n], plain) == 0;
  return known ? 0 : words_add(symbol, "%s", plain);
}

int project_places(const struct gated_lines *lines, const char *root, const struct words *const function[2],
                   struct words *line, struct words *symbol, struct error *err) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < lines->count; i++)
    if (lines->line[i].has_code) rc = words_add(line, "%s/%s:%d", root, lines->line[i].file, lines->line[i].line);
  for (size_t k = 0; line->count == 0 && k < 2; k++)
    for (size_t i = 0; rc == 0 && i < function[k]->count; i++) rc = add_function(symbol, function[k]->word[i]);
  return rc ? error_set_errno(err, rc, "the places of Step 0") : 0;
}

int project_gated_open(struct project_gated *g, const char *file, const char *gate, const char *workload,
                       bool ask_workload, struct error *err) {
  *g = (struct project_gated){ 0 };
  struct error why = { 0 };
  int rc = project_open(&g->file, file, NULL, err);
  if (rc != 0) return rc;
  if ((g->gate = project_find_gate(&g->file, gate, err)) == NULL) rc = err->code;
  if (rc == 0 && (g->workload = project_find_workload(&g->file, workload, &why)) == NULL &&
      (ask_workload || workload)) {
    *err = why;
    rc = err->code;
  }
  if (rc == 0) rc = project_compare(&g->file, g->gate, &g->builds, err);
  g->built = rc == 0;
  if (rc == 0 && g->builds.diff.identical) {
    char reason[512]; /* a macro that nobody reads is a mistake, and no gate without code */
    rc = project_identical(&g->file, g->gate, reason, sizeof reason, err);
  }
  if (rc == 0) rc = project_difference_known(&g->builds, err);
  if (rc == 0 && !g->builds.diff.identical) {
    rc = project_images_open(&g->images, &g->file, &g->builds, err);
    g->opened = rc == 0;
    if (rc == 0) rc = project_images_debug(&g->images, g->builds.image, g->image, err);
    const char *const both[2] = { g->image[0], g->image[1] };
    if (rc == 0) rc = gated_lines_find(&g->builds, both, g->images.scratch, &g->lines, err);
    g->found = rc == 0;
  }
  if (rc != 0) project_gated_close(g);
  return rc;
}

void project_gated_close(struct project_gated *g) {
  if (g->found) gated_lines_free(&g->lines);
  if (g->opened) project_images_close(&g->images);
  if (g->built) project_difference_free(&g->builds);
  if (g->file.path != NULL) project_free(&g->file);
  *g = (struct project_gated){ 0 };
}

uint64_t project_requests(const struct project_images *im) {
  char path[4200];
  unsigned long long n = 0;
  snprintf(path, sizeof path, "%.4000s/p/" PROJECT_REQUESTS_FILE, im->scratch);
  FILE *f = fopen(path, "re");
  if (f == NULL || fscanf(f, "%llu", &n) != 1) n = 0;
  if (f != NULL) fclose(f);
  return n;
}
