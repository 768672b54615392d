/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_images.c: see project_images.h. */
#include "harness/project/project_images.h"

#include <dirent.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/core/locate.h"
#include "harness/core/tree.h"
#include "harness/runner/protocol.h"

/* A larger file beside the project file is no source of a driver. */
#define BESIDE_BYTES_MAX (16 << 20)

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

static const struct project_tree *tree_of(const struct project_images *im, unsigned side) {
  return side ? &im->builds->in : &im->builds->out;
}

/* A copy; what was there goes. */
static int copy_file(const char *from, const char *to, struct error *err) {
  struct stat st;
  int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, rc = 0;
  unlink(to);
  if (in < 0 || fstat(in, &st) != 0) rc = error_set_errno(err, -errno, "%.300s", from);
  if (rc == 0 && (out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (st.st_mode & 0755) | 0600)) < 0)
    rc = error_set_errno(err, -errno, "%.300s", to);
  for (off_t at = 0; rc == 0 && at < st.st_size;) {
    ssize_t n = sendfile(out, in, &at, (size_t)(st.st_size - at));
    if (n < 0 && errno != EINTR) rc = error_set_errno(err, -errno, "%.300s", to);
    if (n == 0) break;
  }
  if (in >= 0) close(in);
  if (out >= 0 && close(out) != 0 && rc == 0) rc = error_set_errno(err, -errno, "%.300s", to);
  return rc;
}

/* The name that programs ask for a shared library by: DT_SONAME; "" where it has none. */
static void soname(const char *path, char *name, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  elf_version(EV_CURRENT);
  Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
  GElf_Shdr h;
  GElf_Dyn entry;
  name[0] = '\0';
  for (Elf_Scn *s = NULL; elf != NULL && (s = elf_nextscn(elf, s)) != NULL;) {
    if (gelf_getshdr(s, &h) == NULL || h.sh_type != SHT_DYNAMIC) continue;
    Elf_Data *d = elf_getdata(s, NULL);
    for (int i = 0; d != NULL && gelf_getdyn(d, i, &entry) != NULL; i++) {
      const char *text = entry.d_tag == DT_SONAME ? elf_strptr(elf, h.sh_link, entry.d_un.d_val) : NULL;
      /* somebody's string becomes a file's name */
      if (text != NULL && strchr(text, '/') == NULL && text[0] != '.' && strlen(text) < size) strcpy(name, text);
    }
  }
  if (elf != NULL) elf_end(elf);
  if (fd >= 0) close(fd);
}

static int make_folder(const char *path, struct error *err) {
  return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : error_set_errno(err, -errno, "%.300s", path);
}

/* A folder for images, with the names that libraries are asked for by. */
static int image_folder(const struct project_images *im, const char *name, struct error *err) {
  char folder[PATH_MAX], built[PATH_MAX], link[2 * PATH_MAX], so[256];
  snprintf(folder, sizeof folder, "%s/%s", im->scratch, name);
  int rc = make_folder(folder, err);
  for (size_t i = 0; rc == 0 && i < im->count; i++) {
    const char *image = im->project->image.text[i];
    rc = project_image_path(&im->builds->in, image, built, sizeof built, err);
    if (rc != 0) break;
    soname(built, so, sizeof so);
    if (so[0] == '\0' || strcmp(so, base_of(image)) == 0) continue;
    snprintf(link, sizeof link, "%s/%s", folder, so);
    if (symlink(base_of(image), link) != 0 && errno != EEXIST) rc = error_set_errno(err, -errno, "%.300s", link);
  }
  return rc;
}

/* --- the folders in which commands run ------------------------------------------------------------- */

static int run_driver(const struct project_images *im, const char *text, unsigned side, const char *folder,
                      struct error *err) {
  char project[PATH_MAX], log[PATH_MAX];
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  char *command = NULL;
  int status = 0;
  if (realpath(im->project->folder, project) == NULL)
    return error_set_errno(err, -errno, "%.300s", im->project->folder);
  const struct project_variable variables[] = { { "build", tree_of(im, side)->tree }, { "project", project } };
  int rc = project_expand(text, variables, sizeof variables / sizeof *variables, &command, err);
  if (rc != 0) return rc;
  snprintf(log, sizeof log, "%s/driver.log", im->scratch);
  char *const argv[] = { "env", "-C", (char *)(uintptr_t)folder, "/bin/sh", "-c", command, NULL };
  spec.argv = argv;
  spec.stdin_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  spec.stdout_fd = spec.stderr_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  spec.new_session = true;
  rc = child_spawn_held(&spec, &child, err);
  if (rc == 0) rc = child_release(&child, err);
  if (rc == 0) rc = child_wait(&child, 600, &status, NULL, err);
  if (spec.stdin_fd >= 0) close(spec.stdin_fd);
  if (spec.stdout_fd >= 0) close(spec.stdout_fd);
  if (rc == 0 && status != 0) {
    char words[400] = "";
    int fd = open(log, O_RDONLY | O_CLOEXEC);
    off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END), room = (off_t)sizeof words - 1;
    ssize_t n = fd < 0 ? 0 : pread(fd, words, (size_t)room, size > room ? size - room : 0);
    if (fd >= 0) close(fd);
    words[n > 0 ? n : 0] = '\0';
    for (char *p = words; *p != '\0'; p++)
      if ((unsigned char)*p < ' ') *p = ' ';
    rc = error_raise(err, ERROR_UNMEASURED, -ECHILD, "%.200s: the driver `%.200s` failed: %s", im->project->path,
                     command, words);
  }
  free(command);
  return rc;
}

static int work_folder(const struct project_images *im, unsigned side, struct error *err) {
  char folder[PATH_MAX], to[2 * PATH_MAX], from[2 * PATH_MAX];
  if (im->project->in_place) {
    snprintf(to, sizeof to, "%s/work-%u", im->scratch, side);
    if (realpath(im->project->folder, folder) == NULL || symlink(folder, to) != 0)
      return error_set_errno(err, -errno, "%.300s", im->project->folder);
    return 0;
  }
  snprintf(folder, sizeof folder, "%s/work-%u", im->scratch, side);
  int rc = make_folder(folder, err);
  DIR *d = rc == 0 ? opendir(im->project->folder) : NULL;
  if (rc == 0 && d == NULL) rc = error_set_errno(err, -errno, "%.300s", im->project->folder);
  for (struct dirent *e; rc == 0 && (e = readdir(d)) != NULL;) {
    struct stat st;
    if (e->d_name[0] == '.') continue;
    if (fstatat(dirfd(d), e->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode) || st.st_size > BESIDE_BYTES_MAX) continue;
    snprintf(from, sizeof from, "%s/%s", im->project->folder, e->d_name);
    snprintf(to, sizeof to, "%s/%s", folder, e->d_name);
    if (access(from, R_OK) == 0) rc = copy_file(from, to, err);
  }
  if (d != NULL) closedir(d);
  for (size_t i = 0; rc == 0 && i < im->project->driver.count; i++)
    rc = run_driver(im, im->project->driver.text[i], side, folder, err);
  return rc;
}

/* --- links ---------------------------------------------------------------------------------------- */

static int open_relinks(struct project_images *im, struct error *err) {
  char image[PATH_MAX];
  int rc = 0;
  for (unsigned side = 0; rc == 0 && side < 2; side++) {
    im->relink[side] = calloc(im->count, sizeof *im->relink[side]);
    if (im->relink[side] == NULL) return error_set_errno(err, -ENOMEM, "images");
    for (size_t i = 0; rc == 0 && i < im->count; i++) {
      const struct project_tree *t = tree_of(im, side);
      rc = project_image_path(t, im->project->image.text[i], image, sizeof image, err);
      const struct capture_link *link = rc == 0 ? capture_find(&t->capture, image) : NULL;
      if (rc == 0 && link == NULL)
        rc = error_raise(err, ERROR_UNMEASURED, -ENOENT, "the link of %.200s was not seen", im->project->image.text[i]);
      if (rc == 0) rc = relink_open(&im->relink[side][i], link, im->scratch, err);
    }
  }
  return rc;
}

static void close_relinks(struct project_images *im) {
  for (unsigned side = 0; side < 2; side++) {
    for (size_t i = 0; im->relink[side] != NULL && i < im->count; i++) relink_close(&im->relink[side][i]);
    free(im->relink[side]);
    im->relink[side] = NULL;
  }
}

int project_images_open(struct project_images *im, const struct project *p, const struct project_difference *d,
                        struct error *err) {
  char scratch[PATH_MAX];
  struct error why = { 0 };
  *im = (struct project_images){ .project = p, .builds = d, .count = p->image.count };
  int rc = project_scratch(p, scratch, sizeof scratch, &im->hold, err);
  if (rc != 0) return rc;
  if ((im->scratch = strdup(scratch)) == NULL) {
    cache_release(im->hold);
    return error_set_errno(err, -ENOMEM, "images");
  }
  if (open_relinks(im, &why) == 0) im->relinked = true;
  else {
    close_relinks(im);
    snprintf(im->fixed_reason, sizeof im->fixed_reason, "%.399s", why.text);
  }
  for (unsigned side = 0; rc == 0 && side < 2; side++) rc = work_folder(im, side, err);
  static const char *const folders = "0123456789abcdefpq";
  for (const char *f = folders; rc == 0 && *f != '\0'; f++) {
    const char name[2] = { *f, '\0' };
    rc = image_folder(im, name, err);
  }
  if (rc != 0) project_images_close(im);
  return rc;
}

void project_images_close(struct project_images *im) {
  close_relinks(im);
  if (im->scratch != NULL) tree_remove(im->scratch, NULL);
  free(im->scratch);
  cache_release(im->hold);
  *im = (struct project_images){ 0 };
}

static int built_copy(const struct project_images *im, size_t i, unsigned side, const char *to, struct error *err) {
  char from[PATH_MAX];
  int rc = project_image_path(tree_of(im, side), im->project->image.text[i], from, sizeof from, err);
  return rc != 0 ? rc : copy_file(from, to, err);
}

int project_images_place(struct project_images *im, uint64_t seed, const unsigned record[2], const unsigned side[2],
                         struct error *err) {
  char to[2][PATH_MAX];
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < im->count; i++) {
    struct relink_plan plan = { { NULL, NULL }, 0 };
    if (im->relinked) rc = relink_plan_pair(&im->relink[0][i], &im->relink[1][i], seed, &plan, err);
    for (unsigned k = 0; rc == 0 && k < 2; k++) {
      snprintf(to[k], sizeof to[k], "%s/%x/%s", im->scratch, record[k], base_of(im->project->image.text[i]));
      unlink(to[k]);
      if (k == 1 && side[0] == side[1]) rc = copy_file(to[0], to[1], err);
      else if (!im->relinked) rc = built_copy(im, i, side[k], to[k], err);
      else rc = relink_run(&im->relink[side[k]][i], plan.order[side[k]], plan.gap, to[k], err);
    }
    relink_plan_free(&plan);
  }
  return rc;
}

int project_images_debug(struct project_images *im, size_t image, char (*path)[4096], struct error *err) {
  int rc = 0;
  for (unsigned side = 0; rc == 0 && side < 2; side++)
    for (size_t i = 0; rc == 0 && i < im->count; i++) {
      char to[PATH_MAX];
      snprintf(to, sizeof to, "%s/%c/%s", im->scratch, side ? 'p' : 'q', base_of(im->project->image.text[i]));
      unlink(to);
      rc = im->relinked ? relink_debug(&im->relink[side][i], to, err) : built_copy(im, i, side, to, err);
      if (i == image) snprintf(path[side], 4096, "%.4095s", to);
    }
  return rc;
}

/* --- commands ------------------------------------------------------------------------------------- */

static const char *const clock_name[] = { "cpu", "cpu/request", "wall", "print" };
static const char *const ready_name[] = { NULL, "http", "tcp", "exec" };

static int add(struct words *w, const char *key, const char *value) {
  return value == NULL ? 0 : words_add(w, "%s=%s", key, value);
}

/* The image that `preload @image@ …` names; NULL: none. */
static const char *preloaded(const struct project_images *im, const struct project_workload *w, struct error *err,
                             int *rc) {
  if (w->preload == NULL) return NULL;
  size_t n = strcspn(w->preload, " \t");
  if (n == 7 && strncmp(w->preload, "@image@", n) == 0) return base_of(im->project->image.text[0]);
  for (size_t i = 0; i < im->count; i++) {
    const char *image = im->project->image.text[i];
    if (strlen(image) == n && strncmp(image, w->preload, n) == 0) return base_of(image);
  }
  *rc = error_raise(err, ERROR_USAGE, -EINVAL, "%.200s:%u: preload %.200s is none of the images", im->project->path,
                    w->line, w->preload);
  return NULL;
}

int project_images_command(const struct project_images *im, const struct project_workload *w, unsigned side, bool proof,
                           double timeout_s, struct words *argv, struct error *err) {
  char program[PATH_MAX], project[PATH_MAX], file[2 * PATH_MAX];
  int rc = locate(LOCATE_PROJECT_RUN, program, sizeof program, err);
  if (rc != 0) return rc;
  if (realpath(im->project->folder, project) == NULL)
    return error_set_errno(err, -errno, "%.300s", im->project->folder);
  const char *preload = preloaded(im, w, err, &rc);
  if (rc != 0) return rc;
  rc = words_add(argv, "%s", program);
  if (rc == 0) rc = add(argv, "images", im->scratch);
  if (rc == 0) rc = add(argv, "image", base_of(im->project->image.text[0]));
  if (rc == 0) rc = add(argv, "preload", preload);
  if (rc == 0) rc = add(argv, "run", w->run);
  if (rc == 0) rc = add(argv, "server", w->server);
  if (rc == 0) rc = add(argv, "client", w->client);
  if (rc == 0) rc = add(argv, "ready", w->server != NULL ? ready_name[w->ready] : NULL);
  if (rc == 0) rc = add(argv, "ready_text", w->ready_text);
  if (rc == 0) rc = add(argv, "done", w->done);
  if (rc == 0 && w->port != NULL) rc = words_add(argv, "port=%lu", strtoul(w->port, NULL, 10)); /* @port@: 0 */
  if (rc == 0 && w->requests > 0) rc = words_add(argv, "requests=%.0f", w->requests);
  if (rc == 0) rc = add(argv, "clock", clock_name[w->clock]);
  if (rc == 0) rc = add(argv, "regex", w->clock_regex);
  if (rc == 0 && w->stdin_file != NULL) {
    bool absolute = w->stdin_file[0] == '/';
    snprintf(file, sizeof file, "%s%s%s", absolute ? "" : project, absolute ? "" : "/", w->stdin_file);
    rc = add(argv, "stdin", file);
  }
  for (size_t i = 0; rc == 0 && i < w->size.count; i++) rc = add(argv, "size", w->size.text[i]);
  for (size_t i = 0; rc == 0 && i < w->env.count; i++) rc = add(argv, "env", w->env.text[i]);
  if (rc == 0) rc = words_add(argv, "timeout=%g", w->timeout_s > 0 ? w->timeout_s : timeout_s);
  if (rc == 0) rc = add(argv, "project", project);
  if (rc == 0) rc = words_add(argv, "cwd=%s/work-%u", im->scratch, side);
  if (rc == 0 && proof) rc = words_add(argv, "proof=1");
  return rc == 0 ? 0 : error_set_errno(err, rc, "a workload's command");
}
