/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_project_make.c: see pack_project.h. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/interrupt.h"
#include "harness/core/locate.h"
#include "harness/fleet/pack_project.h"

/* Files beside a project's commands: more than this is no folder of a workload. */
enum { FILES_MAX = 200 };

static int no_memory(struct error *err) { return error_set_errno(err, -ENOMEM, "cannot make the pack"); }

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static int add_text(void *list, const char *text, struct error *err) {
  char **one = fields_append(list, sizeof *one);
  return one && (*one = strdup(text)) ? 0 : no_memory(err);
}

/* --- images --------------------------------------------------------------------------------------- */

static int image_file(const struct project_images *im, const char *folder, size_t i, char *path) {
  return snprintf(path, PATH_MAX, "%.3000s/%s/%.900s", im->scratch, folder, base_of(im->project->image.text[i]));
}

/* The name that a link of ours in the images' folder gives it. */
static void find_soname(const struct project_images *im, size_t i, char **soname) {
  char folder[PATH_MAX], target[256];
  snprintf(folder, sizeof folder, "%.4000s/0", im->scratch);
  DIR *d = opendir(folder);
  for (struct dirent *e; d && (e = readdir(d));) {
    ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof target - 1);
    if (n <= 0) continue;
    target[n] = '\0';
    if (strcmp(target, base_of(im->project->image.text[i])) == 0) fields_copy_text(soname, e->d_name);
  }
  if (d) closedir(d);
}

static int add_images(struct pack_builder *b, const struct project_images *im, struct error *err) {
  char path[PATH_MAX], name[32];
  int rc = 0;
  for (size_t i = 0; i < im->count && rc == 0; i++) {
    struct pack_image *one = fields_append(&b->plan.project->images, sizeof *one);
    if (!one) return no_memory(err);
    fields_init(&pack_image_fields, one);
    fields_copy_text(&one->name, base_of(im->project->image.text[i]));
    find_soname(im, i, &one->soname);
    snprintf(name, sizeof name, "proof.%zu", i);
    fields_copy_text(&one->proof, name);
    image_file(im, "p", i, path); /* of Step 0, which has been */
    rc = pack_builder_file(b, name, true, path, err);
  }
  return rc;
}

static int add_layout(struct pack_builder *b, const struct project_images *im, int64_t layout, struct error *err) {
  static const unsigned record[2] = { 0, 1 }, side[2] = { 0, 1 };
  char path[PATH_MAX], name[PACK_LAYOUT_NAME];
  int rc = project_images_place((void *)(uintptr_t)im, ab_random_seed(), record, side, err);
  for (size_t i = 0; i < im->count && rc == 0; i++)
    for (unsigned k = 0; k < 2 && rc == 0; k++) {
      pack_project_layout_member(name, layout, k, i);
      image_file(im, k ? "1" : "0", i, path);
      rc = pack_builder_file(b, name, true, path, err);
    }
  return rc;
}

static int add_layouts(struct pack_builder *b, const struct project_images *im, struct error *err) {
  struct pack_project *d = b->plan.project;
  size_t before = b->bytes, members = 2 * im->count, room = PACK_MEMBERS_MAX - 1 - b->plan.members.count;
  int64_t most = im->relinked ? PACK_LAYOUTS_MAX : 1;
  int rc = 0;
  if (!im->relinked) fields_copy_text(&d->fixed_reason, im->fixed_reason);
  for (d->layouts = 0; rc == 0 && d->layouts < most; d->layouts++) {
    size_t each = d->layouts ? (b->bytes - before) / (size_t)d->layouts : 0;
    if (d->layouts && (b->bytes - before + each > PACK_LAYOUT_BYTES_MAX || ((size_t)d->layouts + 1) * members > room))
      break;
    if (interrupt_pending()) return error_raise(err, ERROR_INTERRUPTED, -EINTR, "interrupted while layouts were made");
    rc = add_layout(b, im, d->layouts, err);
  }
  return rc;
}

/* --- files ---------------------------------------------------------------------------------------- */

static bool same_file(const struct pack_builder *b, size_t i) {
  const struct pack_builder_item *x = &b->item[i], *y = &b->item[i - 1];
  return x->size == y->size && x->executable == y->executable && memcmp(x->bytes, y->bytes, x->size) == 0;
}

static void drop_last(struct pack_builder *b) {
  size_t last = --b->plan.members.count;
  b->bytes -= b->item[last].size;
  free(b->item[last].bytes);
  b->item[last].bytes = NULL;
  fields_free(&pack_member_fields, &b->plan.members.item[last]);
}

/* path[1] NULL: it is the same on both sides. */
static int add_beside(struct pack_builder *b, const char *name, const char *const path[2], struct error *err) {
  struct pack_project *d = b->plan.project;
  char member[48];
  struct stat st;
  for (size_t i = 0; i < d->files.count; i++)
    if (strcmp(d->files.item[i].name, name) == 0) return 0;
  if (d->files.count == FILES_MAX)
    return error_raise(err, ERROR_UNMEASURED, -E2BIG,
                       "more than %d files beside the project's workload: too much for a pack", FILES_MAX);
  struct pack_beside *f = fields_append(&d->files, sizeof *f);
  if (!f) return no_memory(err);
  fields_init(&pack_beside_fields, f);
  fields_copy_text(&f->name, name);
  size_t at = d->files.count - 1;
  for (int side = 0; side < 2 && path[side]; side++) {
    snprintf(member, sizeof member, "w%zu.%c", at, side ? 'b' : 'a');
    bool executable = stat(path[side], &st) == 0 && (st.st_mode & 0111) != 0;
    int rc = pack_builder_file(b, member, executable, path[side], err);
    if (rc) return rc;
    fields_copy_text(&f->member[side], member);
  }
  if (path[1] && same_file(b, b->plan.members.count - 1)) {
    drop_last(b);
    fields_copy_text(&f->member[1], NULL);
  }
  return 0;
}

/* What drivers built. What else stands beside the project file is not asked for by its name: it may be anything. */
static int add_built(struct pack_builder *b, const struct project_images *im, struct error *err) {
  char folder[PATH_MAX], path[2][2 * PATH_MAX], beside[2 * PATH_MAX];
  struct stat st;
  int rc = 0;
  snprintf(folder, sizeof folder, "%.4000s/work-0", im->scratch);
  DIR *d = opendir(folder);
  if (!d) return error_set_errno(err, -errno, "%.300s", folder);
  for (struct dirent *e; rc == 0 && (e = readdir(d));) {
    snprintf(beside, sizeof beside, "%.3000s/%s", im->project->folder, e->d_name);
    if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode)) continue;
    if (access(beside, F_OK) == 0) continue;
    for (int side = 0; side < 2; side++)
      snprintf(path[side], sizeof path[side], "%.4000s/work-%d/%s", im->scratch, side, e->d_name);
    const char *const both[2] = { path[0], path[1] };
    rc = add_beside(b, e->d_name, both, err);
  }
  closedir(d);
  return rc;
}

/* A file of the project's folder that a word names; the folder that commands run in is flat in a pack. */
static int add_named(struct pack_builder *b, const struct ab_project *p, const char *relative, bool *is_file,
                     struct error *err) {
  char path[PATH_MAX];
  struct stat st;
  snprintf(path, sizeof path, "%.3000s/%.1000s", p->file.folder, relative);
  *is_file = relative[0] != '\0' && stat(path, &st) == 0 && S_ISREG(st.st_mode);
  const char *const both[2] = { path, NULL };
  return *is_file ? add_beside(b, base_of(relative), both, err) : 0;
}

/* A command of the workload: @project@/A/B becomes @project@/B, which goes along. The program that it starts goes
 * along where it is one of those, else the machine has to have it. Words that are files beside the project file go
 * along. */
static int add_command(struct pack_builder *b, const struct ab_project *p, const char *text, char **out,
                       struct error *err) {
  static const char mark[] = "@project@/";
  struct words w = { 0 };
  char *made = NULL, name[PATH_MAX];
  size_t size = 0;
  bool is_file = false;
  int rc = words_split(&w, text, err);
  for (size_t i = 0; rc == 0 && i < w.count; i++)
    if (!strchr(w.word[i], '/')) rc = add_named(b, p, w.word[i], &is_file, err);
  if (rc == 0 && w.count && strncmp(w.word[0], mark, sizeof mark - 1) != 0 && w.word[0][0] != '@') {
    bool here = false;
    for (size_t i = 0; i < b->plan.project->files.count; i++)
      here |= strcmp(b->plan.project->files.item[i].name, w.word[0]) == 0;
    for (size_t i = 0; i < b->plan.project->needs.count; i++)
      here |= strcmp(b->plan.project->needs.item[i], w.word[0]) == 0;
    if (!here) rc = add_text(&b->plan.project->needs, w.word[0], err);
  }
  words_free(&w);
  FILE *f = rc == 0 ? open_memstream(&made, &size) : NULL;
  if (!f) return rc ? rc : no_memory(err);
  for (const char *at = text; *at && rc == 0;) {
    const char *found = strstr(at, mark);
    if (!found) found = at + strlen(at);
    fprintf(f, "%.*s", (int)(found - at), at);
    at = found;
    if (!*at) break;
    at += sizeof mark - 1;
    snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " \t'\"\\"), at);
    rc = add_named(b, p, name, &is_file, err);
    fprintf(f, "%s%s", mark, is_file ? base_of(name) : name);
    at += strlen(name);
  }
  if (fclose(f) != 0 && rc == 0) rc = no_memory(err);
  *out = made;
  return rc;
}

/* --- words ---------------------------------------------------------------------------------------- */

static bool is_exec(const struct ab_project *p) { return p->workload->ready == PROJECT_READY_EXEC; }

static int add_words(struct pack_builder *b, const struct ab_project *p, struct error *err) {
  static const char *const folders[] = { "images", "project", "cwd" }, *const commands[] = { "run", "server",
                                                                                             "client" };
  int rc = 0;
  for (size_t i = 1; i < p->argv[0].count && rc == 0; i++) {
    const char *word = p->argv[0].word[i], *value = NULL, *key = NULL;
    char *text = NULL, *whole = NULL;
    bool drop = false;
    for (size_t k = 0; k < 3; k++) drop |= pack_project_value(word, folders[k]) != NULL;
    if (drop) continue;
    if ((value = pack_project_value(word, "stdin"))) {
      rc = pack_builder_file(b, "input", false, value, err);
      fields_copy_text(&b->plan.project->input, "input");
      continue;
    }
    for (size_t k = 0; k < 3 && !key; k++)
      if ((value = pack_project_value(word, commands[k]))) key = commands[k];
    if (!key && is_exec(p) && (value = pack_project_value(word, "ready_text"))) key = "ready_text";
    if (key) rc = add_command(b, p, value, &text, err);
    if (rc == 0 && key) fields_text(&whole, "%s=%s", key, text);
    if (rc == 0) rc = add_text(&b->plan.project->words, key ? whole : word, err);
    free(text);
    free(whole);
  }
  return rc;
}

int pack_project_add(struct pack_builder *b, const struct ab_project *p, const struct ab_result *r, struct error *err) {
  char path[PATH_MAX];
  struct pack_project *d = b->plan.project = fields_new(&pack_project_fields);
  if (!d || fields_copy(&ab_project_subject_fields, &d->subject, r->project) != 0) return no_memory(err);
  fields_copy_text(&d->subject.project, base_of(p->file.path)); /* its folder is nobody's business */
  fields_copy_text(&d->root, p->root);
  int rc = locate(LOCATE_PACK_PROJECT, path, sizeof path, err);
  if (rc == 0) rc = pack_builder_file(b, PACK_PROJECT_MEMBER, true, path, err);
  if (rc == 0) rc = add_images(b, &p->images, err);
  if (rc == 0 && !p->file.in_place) rc = add_built(b, &p->images, err);
  if (rc == 0) rc = add_words(b, p, err);
  return rc ? rc : add_layouts(b, &p->images, err);
}
