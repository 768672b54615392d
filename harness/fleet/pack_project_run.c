/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pack_project_run.c: see pack_project.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/program.h"
#include "harness/core/tree.h"
#include "harness/fleet/pack_project.h"
#include "harness/project/project_gated.h"

/* What a name of a file may be: it stands below a folder of ours. */
static bool name_fits(const char *name) {
  if (!name || name[0] == '\0' || strlen(name) > 200 || strchr(name, '/')) return false;
  for (const char *p = name; *p; p++)
    if ((unsigned char)*p < ' ') return false;
  return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

const char *pack_project_value(const char *word, const char *key) {
  size_t n = strlen(key);
  return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static const char *find_word(const struct pack_project *d, const char *key) {
  for (size_t i = 0; i < d->words.count; i++) {
    const char *value = d->words.item[i] ? pack_project_value(d->words.item[i], key) : NULL;
    if (value) return value;
  }
  return NULL;
}

bool pack_project_is_server(const struct pack *p) { return find_word(p->plan.project, "server") != NULL; }

static bool is_image(const struct pack_project *d, const char *name) {
  for (size_t i = 0; i < d->images.count; i++)
    if (name && strcmp(d->images.item[i].name, name) == 0) return true;
  return false;
}

/* Folders, files and the record are ours to say. */
static bool words_fit(const struct pack_project *d) {
  static const char *const keys[] = { "image", "preload", "run",      "server", "client", "ready", "ready_text", "done",
                                      "regex", "port",    "requests", "clock",  "size",   "env",   "timeout" };
  for (size_t i = 0; i < d->words.count; i++) {
    const char *word = d->words.item[i], *env = word ? pack_project_value(word, "env") : NULL;
    bool known = false;
    for (size_t k = 0; word && k < sizeof keys / sizeof *keys; k++) known |= pack_project_value(word, keys[k]) != NULL;
    if (!known || (env && !pack_env_fits(env))) return false;
  }
  const char *preload = find_word(d, "preload");
  return is_image(d, find_word(d, "image")) && (!preload || is_image(d, preload)) &&
         (find_word(d, "run") != NULL) != (find_word(d, "server") != NULL) && d->words.count <= 400;
}

static bool lines_fit(const struct ab_project_subject *s) {
  for (size_t i = 0; i < s->lines.count; i++)
    if (!s->lines.item[i].file || s->lines.item[i].line < 1 || s->lines.item[i].line > INT32_MAX) return false;
  return s->lines.count <= 100000;
}

void pack_project_layout_member(char name[PACK_LAYOUT_NAME], int64_t layout, unsigned side, size_t image) {
  snprintf(name, PACK_LAYOUT_NAME, "l%lld.%c%zu", (long long)layout, side ? 'b' : 'a', image);
}

const char *pack_project_fault(const struct pack *p) {
  const struct pack_project *d = p->plan.project;
  char name[PACK_LAYOUT_NAME];
  if (!d || !d->root || !pack_has(p, PACK_PROJECT_MEMBER, true)) return "it has no project";
  if (d->images.count < 1 || d->images.count > PROJECT_LIST_MAX || d->layouts < 1 || d->layouts > PACK_LAYOUTS_MAX)
    return "its plan's images";
  for (size_t i = 0; i < d->images.count; i++) {
    const struct pack_image *im = &d->images.item[i];
    if (!name_fits(im->name) || (im->soname && !name_fits(im->soname)) || !im->proof || !pack_has(p, im->proof, true))
      return "its plan's images";
    for (int64_t l = 0; l < d->layouts; l++)
      for (unsigned side = 0; side < 2; side++) {
        pack_project_layout_member(name, l, side, i);
        if (!pack_has(p, name, true)) return "a layout is missing";
      }
  }
  for (size_t i = 0; i < d->files.count; i++) {
    const struct pack_beside *f = &d->files.item[i];
    if (!name_fits(f->name) || !f->member[0] || !pack_archive_find(&p->archive, f->member[0]) ||
        (f->member[1] && !pack_archive_find(&p->archive, f->member[1])))
      return "its plan's files";
  }
  if (d->input && !pack_archive_find(&p->archive, d->input)) return "its plan's input";
  for (size_t i = 0; i < d->needs.count; i++)
    if (!d->needs.item[i]) return "what its plan needs";
  if (!words_fit(d)) return "its plan's words";
  if (!lines_fit(&d->subject)) return "its plan's lines";
  for (size_t i = 0; i < d->subject.functions_differ.count; i++)
    if (!d->subject.functions_differ.item[i]) return "its plan's functions";
  for (size_t i = 0; i < d->subject.only_in.count; i++)
    if (!d->subject.only_in.item[i]) return "its plan's functions";
  return NULL;
}

/* --- folders -------------------------------------------------------------------------------------- */

static int put_file(const struct pack_project_run *u, const char *folder, const char *name, const char *member,
                    struct error *err) {
  const struct pack_file *m = pack_archive_find(&u->pack->archive, member);
  char path[2 * PATH_MAX];
  snprintf(path, sizeof path, "%.3800s/%s/%.250s", u->folder, folder, name);
  unlink(path);
  int rc = pack_write_file(m, AT_FDCWD, path);
  return rc ? error_set_errno(err, rc, "%.300s", path) : 0;
}

static int make_folder(const struct pack_project_run *u, const char *name, struct error *err) {
  char path[2 * PATH_MAX];
  snprintf(path, sizeof path, "%.3800s/%s", u->folder, name);
  return mkdir(path, 0755) == 0 ? 0 : error_set_errno(err, -errno, "%.300s", path);
}

/* One for the images of a process, with the names that libraries are asked for by. */
static int image_folder(const struct pack_project_run *u, const char *name, struct error *err) {
  const struct pack_project *d = u->pack->plan.project;
  char path[2 * PATH_MAX];
  int rc = make_folder(u, name, err);
  for (size_t i = 0; rc == 0 && i < d->images.count; i++) {
    const struct pack_image *im = &d->images.item[i];
    snprintf(path, sizeof path, "%.3800s/%s/%.250s", u->folder, name, im->soname ? im->soname : "");
    if (im->soname && strcmp(im->soname, im->name) != 0 && symlink(im->name, path) != 0 && errno != EEXIST)
      rc = error_set_errno(err, -errno, "%.300s", path);
  }
  return rc;
}

static int work_folder(const struct pack_project_run *u, unsigned side, struct error *err) {
  const struct pack_project *d = u->pack->plan.project;
  const char *name = side ? "work-1" : "work-0";
  int rc = make_folder(u, name, err);
  for (size_t i = 0; rc == 0 && i < d->files.count; i++) {
    const struct pack_beside *f = &d->files.item[i];
    rc = put_file(u, name, f->name, side && f->member[1] ? f->member[1] : f->member[0], err);
  }
  return rc;
}

static int command(const struct pack_project_run *u, const char *unpacked, unsigned side, struct words *argv) {
  const struct pack_project *d = u->pack->plan.project;
  int rc = words_add(argv, "%s/%s", unpacked, PACK_PROJECT_MEMBER);
  if (rc == 0) rc = words_add(argv, "images=%s", u->folder);
  if (rc == 0) rc = words_add(argv, "project=%s/work-%u", u->folder, side);
  if (rc == 0) rc = words_add(argv, "cwd=%s/work-%u", u->folder, side);
  if (rc == 0 && d->input) rc = words_add(argv, "stdin=%s/%s", unpacked, d->input);
  for (size_t i = 0; rc == 0 && i < d->words.count; i++) rc = words_add(argv, "%s", d->words.item[i]);
  return rc;
}

static int find_needs(const struct pack_project *d, struct error *err) {
  char path[PATH_MAX];
  for (size_t i = 0; i < d->needs.count; i++) {
    int rc = program_find(d->needs.item[i], path, sizeof path);
    if (rc == 0) continue;
    rc = error_raise(err, ERROR_MISSING, rc, "the pack's workload starts %.200s, which is not on this machine",
                     d->needs.item[i]);
    return error_advise(err, "install it, or pack a workload that does not need it"), rc;
  }
  return 0;
}

int pack_project_open(struct pack_project_run *u, const struct pack *p, const char *unpacked, struct error *err) {
  static const char *const folders = "0123456789abcdefp";
  const struct pack_project *d = p->plan.project;
  memset(u, 0, sizeof *u);
  int rc = find_needs(d, err);
  if (rc) return rc;
  if (snprintf(u->folder, sizeof u->folder, "%s/project", unpacked) > 3700)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the path of the results folder is too long");
  u->pack = p;
  rc = mkdir(u->folder, 0755) == 0 ? 0 : error_set_errno(err, -errno, "%.300s", u->folder);
  for (const char *f = folders; rc == 0 && *f; f++) {
    const char name[2] = { *f, '\0' };
    rc = image_folder(u, name, err);
  }
  for (size_t i = 0; rc == 0 && i < d->images.count; i++)
    rc = put_file(u, "p", d->images.item[i].name, d->images.item[i].proof, err);
  for (unsigned side = 0; rc == 0 && side < 2; side++) rc = work_folder(u, side, err);
  for (unsigned side = 0; rc == 0 && side < 2; side++) rc = command(u, unpacked, side, &u->argv[side]);
  if (rc == 0) rc = command(u, unpacked, 1, &u->proof);
  if (rc == 0) rc = words_add(&u->proof, "proof=1");
  if (rc && err->code == 0) error_set_errno(err, rc, "the workload's command");
  return rc;
}

void pack_project_close(struct pack_project_run *u) {
  if (u->folder[0]) tree_remove(u->folder, NULL);
  for (unsigned side = 0; side < 2; side++) words_free(&u->argv[side]);
  words_free(&u->proof);
  memset(u, 0, sizeof *u);
}

/* --- measuring ------------------------------------------------------------------------------------ */

int pack_project_place(void *run, uint64_t seed, const unsigned record[2], const unsigned side[2], struct error *err) {
  struct pack_project_run *u = run;
  const struct pack_project *d = u->pack->plan.project;
  int64_t layout = (int64_t)(seed % (uint64_t)d->layouts);
  char member[PACK_LAYOUT_NAME], folder[16];
  int rc = 0;
  for (unsigned k = 0; rc == 0 && k < 2; k++)
    for (size_t i = 0; rc == 0 && i < d->images.count; i++) {
      pack_project_layout_member(member, layout, side[k], i);
      snprintf(folder, sizeof folder, "%x", record[k]);
      rc = put_file(u, folder, d->images.item[i].name, member, err);
    }
  return rc;
}

/* The lines of the plan as Step 0 wants them; texts stay the plan's. */
static int take_lines(const struct ab_project_subject *s, struct gated_lines *lines) {
  lines->line = calloc(s->lines.count + 1, sizeof *lines->line);
  if (!lines->line) return -ENOMEM;
  for (size_t i = 0; i < s->lines.count; i++) {
    const struct ab_gated_line *from = &s->lines.item[i];
    lines->line[lines->count++] = (struct gated_line){
      .file = from->file, .line = (int)from->line, .by = gated_by_of(from->by), .has_code = from->has_code == ANSWER_YES
    };
  }
  return 0;
}

/* The image that the gate is looked for in; packs of an older harness are of the first. */
static size_t gated_image(const struct pack_project *d) {
  const char *slash = d->subject.image ? strrchr(d->subject.image, '/') : NULL;
  const char *name = slash ? slash + 1 : d->subject.image ? d->subject.image : "";
  for (size_t i = 0; i < d->images.count; i++)
    if (strcmp(d->images.item[i].name, name) == 0) return i;
  return 0;
}

int pack_project_step0(struct pack_project_run *u, char *const *env, const char *user, struct ab_step0 *step0,
                       enum project_step0 *answer, char *reason, size_t size, struct error *err) {
  const struct pack_project *d = u->pack->plan.project;
  struct ab_project_subject s;
  struct gated_lines lines = { 0 };
  char image[2 * PATH_MAX];
  fields_init(&ab_project_subject_fields, &s);
  int rc = fields_copy(&ab_project_subject_fields, &s, &d->subject);
  if (rc == 0) rc = take_lines(&s, &lines);
  if (rc) {
    fields_free(&ab_project_subject_fields, &s);
    return error_set_errno(err, rc, "Step 0");
  }
  snprintf(image, sizeof image, "%s/p/%s", u->folder, d->images.item[gated_image(d)].name);
  const struct words functions[2] = { { s.functions_differ.item, s.functions_differ.count },
                                      { s.only_in.item, s.only_in.count } };
  const struct project_question q = { .lines = &lines,
                                      .root = d->root,
                                      .function = { &functions[0], &functions[1] },
                                      .data_only = s.data_only == ANSWER_YES,
                                      .image = image,
                                      .elsewhere = d->subject.elsewhere,
                                      .command = u->proof.word,
                                      .env = env,
                                      .user = user,
                                      .quiet = true };
  rc = ab_project_ask(&q, step0, &s, answer, reason, size, err);
  free(lines.line);
  fields_free(&ab_project_subject_fields, &s);
  return rc;
}
