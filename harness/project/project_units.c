/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_units.c: see project_units.h. */
#include "harness/project/project_units.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/project/project_compare.h"

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

static bool listed(const char *const *list, const char *word) {
  for (; *list != NULL; list++)
    if (strcmp(*list, word) == 0) return true;
  return false;
}

/* Of the compiler proper alone, or about what it writes. */
static int driver_words(const struct capture_unit *u, struct words *out) {
  static const char *const alone[] = { "-quiet", "-version", "-MP", "-MG", "-fpch-preprocess", NULL };
  static const char *const with_value[] = { "-o",
                                            "-MF",
                                            "-MT",
                                            "-MQ",
                                            "-MD",
                                            "-MMD",
                                            "-dumpbase",
                                            "-dumpdir",
                                            "-dumpbase-ext",
                                            "-auxbase",
                                            "-auxbase-strip",
                                            "-imultiarch",
                                            "-imultilib",
                                            "-iprefix",
                                            "-isysroot",
                                            NULL };
  int rc = words_add(out, "cc");
  for (size_t i = 0; rc == 0 && i < u->words.count; i++) {
    const char *word = u->words.word[i];
    if (listed(with_value, word)) i++;
    else if (!listed(alone, word)) rc = words_add(out, "%s", word);
  }
  return rc;
}

/* What the link says of all its units: whether somebody outside can name what they export. */
static int link_words(const struct capture_link *link, struct words *out) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && link != NULL && i < link->words.count; i++) {
    const char *w = link->words.word[i];
    if (strcmp(w, "-shared") == 0) rc = words_add(out, "-shared");
    if (strcmp(w, "-E") == 0 || strcmp(w, "-export-dynamic") == 0 || strcmp(w, "--export-dynamic") == 0)
      rc = words_add(out, "-rdynamic");
  }
  return rc;
}

static bool holds(const struct code_set *set, const char *base) {
  for (size_t i = 0; i < set->count; i++)
    if (strcmp(set->item[i].file, base) == 0) return true;
  return false;
}

static int add(struct project_units *units, const struct capture_unit *u, const char *source,
               const struct capture_link *link) {
  struct project_unit *grown = reallocarray(units->unit, units->count + 1, sizeof *grown);
  if (grown == NULL) return -ENOMEM;
  units->unit = grown;
  struct project_unit *one = &grown[units->count++];
  *one = (struct project_unit){ .source = strdup(source), .folder = strdup(u->folder) };
  if (one->source == NULL || one->folder == NULL) return -ENOMEM;
  int rc = driver_words(u, &one->words);
  return rc != 0 ? rc : link_words(link, &one->words);
}

int project_units_read(struct project_units *units, const struct project_tree *t, const char *image,
                       struct error *err) {
  struct code_set set;
  struct words lost = { 0 };
  char path[PATH_MAX];
  *units = (struct project_units){ 0 };
  int rc = project_code(t, image, &set, &lost, err);
  words_free(&lost);
  if (rc != 0) return rc;
  rc = project_image_path(t, image, path, sizeof path, err);
  const struct capture_link *link = rc == 0 ? capture_find(&t->capture, path) : NULL;
  for (size_t i = 0; rc == 0 && i < t->capture.units; i++) {
    const struct capture_unit *u = &t->capture.unit[i];
    const char *source = capture_source(u);
    if (source == NULL || !holds(&set, base_of(source))) continue;
    snprintf(path, sizeof path, "%s%s%s", source[0] == '/' ? "" : u->folder, source[0] == '/' ? "" : "/", source);
    if (access(path, R_OK) == 0 && add(units, u, path, link) != 0) rc = error_set_errno(err, -ENOMEM, "the units");
  }
  code_set_free(&set);
  if (rc == 0 && units->count == 0)
    rc = error_raise(err, ERROR_UNMEASURED, -ENODATA, "no compile of %.200s was seen: gcc's are, clang's are not",
                     image);
  if (rc != 0) project_units_free(units);
  return rc;
}

void project_units_free(struct project_units *units) {
  for (size_t i = 0; i < units->count; i++) {
    free(units->unit[i].source);
    free(units->unit[i].folder);
    words_free(&units->unit[i].words);
  }
  free(units->unit);
  *units = (struct project_units){ 0 };
}
