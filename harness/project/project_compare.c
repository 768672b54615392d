/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_compare.c: see project_compare.h. */
#include "harness/project/project_compare.h"

#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/project/loaded.h"

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), k = strlen(end);
  return n > k && strcmp(text + n - k, end) == 0;
}

static int add_lost(struct words *lost, const char *path) {
  return words_add(lost, "%s, which was in the sources before the build", path);
}

/* What somebody compiled before knows nothing of the gate: a `make` that finds it does not make it again. */
static int find_stale(const struct project_tree *t, const struct capture_link *link, struct words *lost) {
  char real[PATH_MAX], path[2 * PATH_MAX];
  struct words named = { 0 };
  int rc = realpath(t->tree, real) != NULL ? capture_named(link, real, &named) : 0;
  for (size_t i = 0; rc == 0 && i < named.count; i++) {
    snprintf(path, sizeof path, "%s/%s", real, named.word[i]);
    if (project_was_there(t, path)) rc = add_lost(lost, named.word[i]);
  }
  words_free(&named);
  return rc;
}

int project_code(const struct project_tree *t, const char *image, struct code_set *set, struct words *lost,
                 struct error *err) {
  char path[PATH_MAX];
  struct words objects = { 0 };
  *set = (struct code_set){ 0 };
  int rc = project_image_path(t, image, path, sizeof path, err);
  const struct capture_link *link = rc == 0 ? capture_find(&t->capture, path) : NULL;
  if (rc == 0 && link == NULL && project_was_there(t, path)) {
    rc = error_raise(err, ERROR_UNMEASURED, -ENODATA,
                     "%.200s was in the sources before the build, which made no new one", image);
    error_advise(err,
                 "clean the sources, or begin `build` with what cleans them (`make clean &&`); its output is in "
                 "%.300s",
                 t->log);
  } else if (rc == 0 && link == NULL) {
    rc = error_raise(err, ERROR_UNMEASURED, -ENODATA, "the link of %.200s was not seen", image);
    error_advise(err,
                 "a link is seen where gcc, clang or ld make it, called by name or in the build's own PATH, under a "
                 "name like the image's; look at %.300s",
                 t->log);
  }
  if (rc == 0 && ((rc = capture_inputs(link, &objects, lost)) != 0 || (rc = find_stale(t, link, lost)) != 0))
    error_set_errno(err, rc, "%.200s", image);
  if (rc == 0) rc = code_set_read(set, &objects, err);
  words_free(&objects);
  return rc;
}

/* Adds the differences of one image to those of all. */
static int add_words(struct words *to, const struct words *from) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < from->count; i++) rc = words_add(to, "%s", from->word[i]);
  return rc;
}

/* Where no function differs, both images have as much code: else something was linked that was not seen. */
static int check_bytes(struct project_difference *d, const char *image, struct error *err) {
  uint64_t bytes[2] = { 0, 0 };
  char path[PATH_MAX];
  int rc = 0;
  for (int i = 0; rc == 0 && i < 2; i++) {
    rc = project_image_path(i ? &d->in : &d->out, image, path, sizeof path, err);
    if (rc == 0) rc = loaded_code_bytes(path, &bytes[i], err);
  }
  if (rc != 0 || bytes[0] == bytes[1]) return rc;
  rc = words_add(&d->lost, "code of %s that was linked unseen", image);
  return rc == 0 ? 0 : error_set_errno(err, rc, "comparing %.200s", image);
}

/* A library, by its path in both trees, of which a process sees the same. */
static bool same_library(const struct project_difference *d, const char *path) {
  char in[PATH_MAX], out[PATH_MAX];
  return snprintf(in, sizeof in, "%s/%s", d->in.tree, path) < (int)sizeof in &&
         snprintf(out, sizeof out, "%s/%s", d->out.tree, path) < (int)sizeof out && !project_was_there(&d->in, in) &&
         loaded_same(in, out);
}

/* Of an archive that the build made, the members have no time of their own: an object of the sources may be one. */
static int check_members(struct project_difference *d, const char *image, struct error *err) {
  char path[PATH_MAX], *const paths[2] = { d->in.tree, NULL };
  bool archive = false;
  int rc = project_image_path(&d->in, image, path, sizeof path, err);
  const struct capture_link *link = rc == 0 ? capture_find(&d->in.capture, path) : NULL;
  for (size_t i = 0; link != NULL && i < link->words.count; i++)
    archive |= link->kept.word[i][0] != '\0' && ends_with(link->words.word[i], ".a");
  FTS *tree = archive ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
  if (archive && tree == NULL) return error_set_errno(err, -errno, "%.300s", d->in.tree);
  for (FTSENT *e; rc == 0 && tree != NULL && (e = fts_read(tree)) != NULL;)
    if (e->fts_info == FTS_F && (ends_with(e->fts_name, ".o") || ends_with(e->fts_name, ".lo")) &&
        project_was_there(&d->in, e->fts_path)) {
      rc = add_lost(&d->lost, e->fts_path + strlen(d->in.tree) + 1);
      break;
    }
  if (tree != NULL) fts_close(tree);
  return rc == 0 || err->code != 0 ? rc : error_set_errno(err, rc, "comparing %.200s", image);
}

/* A program changes with a library that the build makes beside it, too. */
static int check_libraries(const struct project *p, struct project_difference *d, const char *image,
                           struct error *err) {
  char path[PATH_MAX], real[PATH_MAX];
  struct words paths = { 0 }, images = { 0 };
  int rc = project_image_path(&d->in, image, path, sizeof path, err);
  const struct capture_link *link = rc == 0 ? capture_find(&d->in.capture, path) : NULL;
  if (link != NULL && realpath(d->in.tree, real) != NULL) rc = capture_libraries(link, real, &paths);
  for (size_t k = 0; rc == 0 && k < p->image.count; k++) {
    struct error ignored = { 0 };
    if (project_image_path(&d->in, p->image.text[k], path, sizeof path, &ignored) == 0)
      rc = words_add(&images, "%s", strrchr(path, '/') + 1);
  }
  for (size_t i = 0; rc == 0 && i < paths.count; i++) {
    const char *slash = strrchr(paths.word[i], '/'), *name = slash != NULL ? slash + 1 : paths.word[i];
    bool is_image = false;
    for (size_t k = 0; k < images.count; k++) is_image |= strcmp(images.word[k], name) == 0;
    if (!is_image && !same_library(d, paths.word[i]))
      rc = words_add(&d->lost, "%s, a library that %s is linked against and that is no image of the project", name,
                     image);
  }
  words_free(&paths);
  words_free(&images);
  return rc == 0 || err->code != 0 ? rc : error_set_errno(err, rc, "comparing %.200s", image);
}

int project_compare(const struct project *p, const struct project_gate *gate, struct project_difference *d,
                    struct error *err) {
  *d = (struct project_difference){ .diff = { .identical = true, .data_only = true } };
  int rc = project_build(p, gate, true, &d->in, err);
  if (rc == 0) rc = project_build(p, gate, false, &d->out, err);
  bool any_data = false, any_code = false;
  for (size_t i = 0; rc == 0 && i < p->image.count; i++) {
    struct code_set in = { 0 }, out = { 0 };
    struct code_set_diff diff = { 0 };
    rc = project_code(&d->in, p->image.text[i], &in, &d->lost, err);
    if (rc == 0) rc = project_code(&d->out, p->image.text[i], &out, &d->lost, err);
    if (rc == 0) rc = code_set_compare(&in, &out, &diff, err);
    if (rc == 0) {
      d->functions += in.functions;
      bool code = !diff.identical && !diff.data_only;
      if (code && !any_code) d->image = i;
      else if (code && words_add(&d->other, "%s", p->image.text[i]) != 0)
        rc = error_set_errno(err, -ENOMEM, "comparing %.200s", p->image.text[i]);
      any_code = any_code || code;
      any_data = any_data || diff.data.count > 0;
      if (add_words(&d->diff.functions, &diff.functions) != 0 || add_words(&d->diff.only_in, &diff.only_in) != 0 ||
          add_words(&d->diff.only_out, &diff.only_out) != 0 || add_words(&d->diff.data, &diff.data) != 0)
        rc = error_set_errno(err, -ENOMEM, "comparing %.200s", p->image.text[i]);
    }
    code_set_diff_free(&diff);
    code_set_free(&in);
    code_set_free(&out);
  }
  /* the images know better what was linked than we do */
  for (size_t i = 0; rc == 0 && i < p->image.count; i++) {
    if (!any_code) rc = check_bytes(d, p->image.text[i], err);
    if (rc == 0 && !any_code) rc = check_members(d, p->image.text[i], err);
    if (rc == 0) rc = check_libraries(p, d, p->image.text[i], err);
  }
  /* what could not be read may differ */
  d->diff.identical = !any_code && !any_data && d->lost.count == 0;
  d->diff.data_only = !any_code && any_data && d->lost.count == 0;
  if (rc != 0) project_difference_free(d);
  return rc;
}

int project_difference_known(const struct project_difference *d, struct error *err) {
  const struct code_set_diff *diff = &d->diff;
  if (d->lost.count == 0 || diff->functions.count + diff->only_in.count + diff->only_out.count + diff->data.count > 0)
    return 0;
  error_raise(err, ERROR_UNMEASURED, -ENODATA, "what the gate changes is not known: %.300s", d->lost.word[0]);
  error_advise(err,
               "a library that the build makes is one more `image` of the project file; objects in the sources are "
               "cleaned away, or by `build` (`make clean &&`)");
  return -ENODATA;
}

bool project_difference_elsewhere(const struct project_difference *d, char *text, size_t size) {
  if (d->other.count > 0) snprintf(text, size, "%.200s differs, too, and is not looked into", d->other.word[0]);
  else if (d->lost.count > 0) snprintf(text, size, "what the gate changes elsewhere: %.220s", d->lost.word[0]);
  else text[0] = '\0';
  return text[0] != '\0';
}

void project_difference_free(struct project_difference *d) {
  project_tree_free(&d->in);
  project_tree_free(&d->out);
  code_set_diff_free(&d->diff);
  words_free(&d->other);
  words_free(&d->lost);
}
