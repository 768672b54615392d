/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_build.c: see project_build.h. */
#include "harness/project/project_build.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/cache.h"
#include "harness/core/child.h"
#include "harness/core/locate.h"
#include "harness/core/tree.h"
#include "harness/project/capture_tools.h"
#include "harness/project/loaded.h"

/* The folder of this source tree in the cache: a part of its path's hash. */
static int folder_of(const struct project *p, char *out, size_t size, char *source, struct error *err) {
  char base[PATH_MAX], joined[PATH_MAX];
  if (p->source[0] == '/') snprintf(joined, sizeof joined, "%s", p->source);
  else if (snprintf(joined, sizeof joined, "%s/%s", p->folder, p->source) >= (int)sizeof joined)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "%.300s", p->source);
  if (realpath(joined, source) == NULL)
    return error_raise(err, ERROR_USAGE, -errno, "%.200s: source %.300s: %s", p->path, joined, strerror(errno));
  struct stat st;
  if (stat(source, &st) != 0 || !S_ISDIR(st.st_mode))
    return error_raise(err, ERROR_USAGE, -ENOTDIR, "%.200s: source %.300s is no folder", p->path, source);
  /* the words of a build, and what make does with them, have no blanks or colons in folders */
  int rc = cache_folder(CACHE_PROJECTS, base, sizeof base, err);
  if (rc != 0) return rc;
  if (strpbrk(base, " \t:'\"\\$") != NULL)
    return error_raise(err, ERROR_USAGE, -EINVAL, "%.300s: builds do not work in a folder of this name", base);
  char hex[65];
  struct content_hash hash;
  content_hash_start(&hash);
  content_hash_add_text(&hash, source);
  content_hash_finish(&hash, hex);
  if (snprintf(out, size, "%s/%.16s", base, hex) >= (int)size)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "%.300s", base);
  return 0;
}

/* text: the change, NULL where there is none. */
static int hash_of(const struct project *p, const struct project_gate *gate, const char *text, const char *source,
                   const char *hook, char hex[65], struct error *err) {
  struct content_hash hash;
  content_hash_start(&hash);
  content_hash_add_text(&hash, p->build);
  for (size_t i = 0; i < p->image.count; i++) content_hash_add_text(&hash, p->image.text[i]);
  /* nothing added is the same tree for every gate that only adds */
  if (text != NULL) {
    content_hash_add(&hash, &gate->change, sizeof gate->change);
    content_hash_add_text(&hash, text);
  }
  /* the same hook of another build tree keeps the builds */
  int rc = loaded_add_to_hash(&hash, hook, err);
  if (rc == 0 && text != NULL && gate->change == PROJECT_PATCH) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s%s%s", text[0] == '/' ? "" : p->folder, text[0] == '/' ? "" : "/", text);
    rc = content_hash_add_file(&hash, path, err);
    if (rc != 0) error_set_kind(err, ERROR_USAGE);
  }
  if (rc == 0 && (rc = tree_add_to_hash(source, &hash, err)) != 0) error_set_kind(err, ERROR_USAGE);
  content_hash_finish(&hash, hex);
  return rc;
}

/* Runs a tool to its end with its output in the log; its exit status, or a negative errno. */
static int run_logged(char *const *argv, char *const *env, int log, struct error *err) {
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  int status = 0, null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  spec.argv = argv;
  spec.env_set = env;
  spec.keep_hakmem_env = true; /* the hooks' own; others are gone from the command's */
  spec.stdin_fd = null;
  spec.stdout_fd = spec.stderr_fd = log;
  spec.new_session = true;
  int rc = child_spawn_held(&spec, &child, err);
  if (rc == 0) rc = child_release(&child, err);
  if (rc == 0) rc = child_wait(&child, 0, &status, NULL, err);
  if (null >= 0) close(null);
  if (rc != 0) return rc;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The last lines of the log, as one text with " | " between them. */
static void last_lines(const char *path, char *out, size_t size) {
  char tail[2048];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  off_t length = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
  ssize_t n =
      fd < 0 ? 0
             : pread(fd, tail, sizeof tail - 1, length > (off_t)sizeof tail - 1 ? length - (off_t)sizeof tail + 1 : 0);
  if (fd >= 0) close(fd);
  out[0] = '\0';
  if (n <= 0) return;
  while (n > 0 && tail[n - 1] == '\n') n--;
  tail[n] = '\0';
  const char *from = tail + n;
  for (int lines = 0; from > tail && lines < 4; lines++) {
    while (from > tail && from[-1] != '\n') from--;
    if (lines < 3 && from > tail) from--;
  }
  size_t used = 0;
  for (; *from != '\0' && used + 4 < size; from++) {
    if (*from == '\n') used += (size_t)snprintf(out + used, size - used, " | ");
    else if ((unsigned char)*from >= ' ') out[used++] = *from;
    out[used] = '\0';
  }
}

/* Then what a command said is lost, too. */
static bool disk_is_full(const char *file) {
  struct statvfs s;
  return statvfs(file, &s) == 0 && s.f_bavail == 0;
}

static int failed(const struct project *p, const struct project_tree *t, const char *what, int status,
                  struct error *err) {
  char lines[400];
  last_lines(t->log, lines, sizeof lines);
  error_raise(err, ERROR_UNMEASURED, -ECHILD, "%.200s: %s ended with %d: %s", p->path, what, status,
              lines[0] != '\0'       ? lines
              : disk_is_full(t->log) ? "the disk is full"
                                     : "it said nothing");
  error_advise(err, "its whole output is in %.300s", t->log);
  return -ECHILD;
}

enum { COMMIT_DIGITS_MAX = 64, COMMIT_DIGITS = 40 };

/* The commit that a name stands for now: a branch moves on, and what was built of it then is not it. */
static int find_commit(const struct project *p, const struct project_gate *gate, const char *name, const char *source,
                       char commit[COMMIT_DIGITS_MAX + 1], struct error *err) {
  char word[512];
  ssize_t n = 0;
  if (snprintf(word, sizeof word, "%s^{commit}", name) >= (int)sizeof word)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "%.200s:%u: the name of a commit is too long", p->path,
                       gate->line);
  char *const argv[] = { "git", "-C", (char *)source, "rev-parse", "--verify", "--quiet", word, NULL };
  int said = memfd_create("commit", MFD_CLOEXEC);
  if (said < 0) return error_set_errno(err, -errno, "memfd_create");
  int status = run_logged(argv, NULL, said, err);
  if (status == 0) n = pread(said, commit, COMMIT_DIGITS_MAX, 0);
  close(said);
  if (status < 0) return status;
  commit[n > 0 ? n : 0] = '\0';
  commit[strspn(commit, "0123456789abcdef")] = '\0';
  if (strlen(commit) >= COMMIT_DIGITS) return 0;
  if (status > 1) { /* 1: no such commit */
    error_raise(err, ERROR_USAGE, -EINVAL,
                "%.200s:%u: %.300s is no git repository that can be read, and commit '%.100s' "
                "would be one of it",
                p->path, gate->line, source, name);
    return error_advise(err, "`git -C %.300s log` says more", source);
  }
  error_raise(err, ERROR_USAGE, -ENOENT, "%.200s:%u: no commit '%.100s' in %.300s", p->path, gate->line, name, source);
  return error_advise(err,
                      "wanted: A..B, two commits, branches or tags that this repository has, B is in; a shallow clone "
                      "has the last ones alone: git fetch --unshallow");
}

/* A copy of the sources with the variant's change in it. */
static int make_tree(const struct project *p, const struct project_gate *gate, const char *text, const char *source,
                     const struct project_tree *t, int log, struct error *err) {
  int status;
  if (text != NULL && gate->change == PROJECT_REV) {
    /* a clone takes commits, and none of the tree's hooks or filters */
    char *const clone[] = { "git", "clone", "-q", "--no-checkout", "--no-local", (char *)source, t->tree, NULL };
    char *const checkout[] = { "git", "-C", t->tree, "checkout", "-q", "--detach", (char *)text, NULL };
    status = run_logged(clone, NULL, log, err);
    if (status > 0) return failed(p, t, "git clone", status, err);
    if (status == 0) status = run_logged(checkout, NULL, log, err);
    return status > 0 ? failed(p, t, "git checkout", status, err) : status;
  }
  char *const copy[] = { "cp", "-a", "--reflink=auto", "-T", "--", (char *)source, t->tree, NULL };
  status = run_logged(copy, NULL, log, err);
  if (status > 0) return failed(p, t, "cp", status, err);
  char *const writable[] = { "chmod", "-R", "u+w", "--", t->tree, NULL }; /* the sources may not be */
  if (status == 0) status = run_logged(writable, NULL, log, err);
  if (status > 0) return failed(p, t, "chmod", status, err);
  if (status == 0 && text != NULL && gate->change == PROJECT_PATCH) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s%s%s", text[0] == '/' ? "" : p->folder, text[0] == '/' ? "" : "/", text);
    char *const patch[] = { "patch", "-p1", "--batch", "--forward", "-d", t->tree, "-i", path, NULL };
    char absolute[PATH_MAX];
    if (realpath(path, absolute) == NULL)
      return error_raise(err, ERROR_USAGE, -errno, "%.200s:%u: %.200s: %s", p->path, gate->line, path, strerror(errno));
    snprintf(path, sizeof path, "%s", absolute);
    status = run_logged(patch, NULL, log, err);
    if (status > 0) return failed(p, t, "patch", status, err);
  }
  return status;
}

static int run_build(const struct project *p, const struct project_gate *gate, bool in, const struct project_tree *t,
                     const char *capture, const char *hook, int log, struct error *err) {
  char flag[4096] = "", project[PATH_MAX], tools[PATH_MAX];
  struct cache_hold *hold = NULL;
  const char *text = gate == NULL ? NULL : in ? gate->in : gate->out;
  if (text != NULL && gate->change == PROJECT_DEFINE) snprintf(flag, sizeof flag, "-D%s", text);
  if (text != NULL && gate->change == PROJECT_OPTION) snprintf(flag, sizeof flag, "%s", text);
  if (realpath(p->folder, project) == NULL) return error_set_errno(err, -errno, "%.300s", p->folder);
  const struct project_variable variables[] = { { "gate", flag }, { "project", project }, { "build", t->tree } };
  char *command = NULL;
  struct words env = { 0 };
  int rc = project_expand(p->build, variables, sizeof variables / sizeof *variables, &command, err);
  if (rc == 0) rc = capture_environment(&env, capture, t->tree, p->image.text, p->image.count, err);
  /* builds write down where they found their compiler, and both variants are to write the same: one name for all of the
   * source tree's builds, which follow each other */
  snprintf(tools, sizeof tools, "%.*s%stools", (int)(strrchr(t->folder, '/') - t->folder) + 1, t->folder,
           cache_work_prefix);
  if (rc == 0) rc = tree_remove(tools, err);
  if (rc == 0) rc = cache_hold_new(tools, &hold, err);
  if (rc == 0) rc = capture_tools(&env, tools, hook, err);
  if (rc == 0) {
    char *const argv[] = { "env", "-C", t->tree, "/bin/sh", "-c", command, NULL };
    int status = run_logged(argv, env.word, log, err);
    rc = status > 0 ? failed(p, t, "the build", status, err) : status;
  }
  if (hold != NULL) tree_remove(tools, NULL);
  cache_release(hold);
  words_free(&env);
  free(command);
  return rc;
}

/* What later runs rely on: what the build did, and its images. The rest of the tree is the build's own. */
static int seal(const struct project *p, const struct project_gate *gate, bool in, const char *source,
                const struct project_tree *t, struct error *err) {
  struct words parts = { 0 };
  char what[256], path[PATH_MAX];
  int rc = words_add(&parts, "capture") ? -ENOMEM : 0;
  for (size_t i = 0; rc == 0 && i < p->image.count; i++) {
    rc = project_image_path(t, p->image.text[i], path, sizeof path, err);
    if (rc == 0 && words_add(&parts, "%s", path + strlen(t->folder) + 1)) rc = -ENOMEM;
  }
  if (rc == -ENOMEM) error_set_errno(err, rc, "%.300s", t->folder);
  snprintf(what, sizeof what, "%.150s%s%.60s", source,
           gate == NULL ? ""
           : in         ? ", with "
                        : ", without ",
           gate == NULL ? "" : gate->name);
  if (rc == 0) rc = cache_seal(t->folder, &parts, what, err);
  words_free(&parts);
  return rc;
}

static int build_anew(const struct project *p, const struct project_gate *gate, bool in, const char *text,
                      const char *source, const char *hook, struct project_tree *t, struct error *err) {
  char capture[PATH_MAX];
  struct timespec from, to;
  snprintf(capture, sizeof capture, "%s/capture", t->folder);
  int rc = tree_remove(t->folder, err);
  if (rc == 0) rc = cache_hold_new(t->folder, &t->hold, err);
  if (rc == 0 && mkdir(capture, 0755) != 0) rc = error_set_errno(err, -errno, "%.300s", capture);
  int log = rc == 0 ? open(t->log, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644) : -1;
  if (rc == 0 && log < 0) rc = error_set_errno(err, -errno, "%.300s", t->log);
  clock_gettime(CLOCK_MONOTONIC, &from);
  if (rc == 0) rc = make_tree(p, gate, text, source, t, log, err);
  if (rc == 0) rc = capture_prepare(capture, hook, err); /* behind the copy: see project_was_there() */
  if (rc == 0) rc = run_build(p, gate, in, t, capture, hook, log, err);
  clock_gettime(CLOCK_MONOTONIC, &to);
  t->build_s = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
  if (log >= 0) close(log);
  return rc != 0 ? rc : seal(p, gate, in, source, t, err);
}

int project_build(const struct project *p, const struct project_gate *gate, bool in, struct project_tree *t,
                  struct error *err) {
  char cache[PATH_MAX], source[PATH_MAX], hook[PATH_MAX], capture[PATH_MAX], commit[COMMIT_DIGITS_MAX + 1];
  const char *text = gate == NULL ? NULL : in ? gate->in : gate->out;
  struct cache_hold *alone;
  *t = (struct project_tree){ .build_s = NAN };
  int rc = locate(LOCATE_CAPTURE, hook, sizeof hook, err);
  if (rc == 0) rc = folder_of(p, cache, sizeof cache, source, err);
  if (rc == 0 && text != NULL && gate->change == PROJECT_REV) {
    rc = find_commit(p, gate, text, source, commit, err);
    text = commit;
  }
  if (rc == 0) rc = hash_of(p, gate, text, source, hook, t->hash, err);
  if (rc != 0) return rc;
  if (asprintf(&t->folder, "%s/%.32s", cache, t->hash) < 0) t->folder = NULL;
  if (t->folder != NULL && asprintf(&t->tree, "%s/tree", t->folder) < 0) t->tree = NULL;
  if (t->folder != NULL && asprintf(&t->log, "%s/build.log", t->folder) < 0) t->log = NULL;
  if (t->tree == NULL || t->log == NULL) {
    project_tree_free(t);
    return error_set_errno(err, -ENOMEM, "%.300s", cache);
  }
  /* one build of a project at a time: two of the same variant would destroy each other */
  rc = cache_hold_alone(cache, &alone, err);
  if (rc == 0 && cache_hold(t->folder, &t->hold) == 0 && cache_sealed(t->folder)) t->reused = true;
  else if (rc == 0) {
    cache_release(t->hold);
    t->hold = NULL;
    rc = build_anew(p, gate, in, text, source, hook, t, err);
  }
  cache_release(alone);
  if (rc == 0 && !t->reused) cache_make_room();
  snprintf(capture, sizeof capture, "%s/capture", t->folder);
  if (rc == 0) rc = capture_read(&t->capture, capture, err);
  if (rc != 0) project_tree_free(t);
  return rc;
}

void project_tree_free(struct project_tree *t) {
  free(t->folder);
  free(t->tree);
  free(t->log);
  capture_free(&t->capture);
  cache_release(t->hold);
  *t = (struct project_tree){ 0 };
}

/* The copy keeps the times of the sources; the capture folder's parts were made before the build began. */
bool project_was_there(const struct project_tree *t, const char *path) {
  char begun[PATH_MAX];
  struct stat file, start;
  if (snprintf(begun, sizeof begun, "%s/capture/hooks", t->folder) >= (int)sizeof begun || stat(begun, &start) != 0 ||
      stat(path, &file) != 0)
    return true;
  const struct timespec *a = &file.st_mtim, *b = &start.st_mtim;
  return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec <= b->tv_nsec;
}

int project_image_path(const struct project_tree *t, const char *image, char *path, size_t size, struct error *err) {
  char joined[PATH_MAX], real[PATH_MAX];
  snprintf(joined, sizeof joined, "%s/%s", t->tree, image);
  if (realpath(joined, real) == NULL || access(real, R_OK) != 0) {
    error_raise(err, ERROR_UNMEASURED, -ENOENT, "the build did not make %.200s", image);
    error_advise(err, "its output is in %.300s; an image is named from the sources' folder", t->log);
    return -ENOENT;
  }
  /* a link that leads out of the copy is not what was built */
  size_t n = strlen(t->tree);
  if (strncmp(real, t->tree, n) != 0 || real[n] != '/')
    return error_raise(err, ERROR_USAGE, -EXDEV, "image %.200s leads out of the build, to %.200s", image, real);
  return snprintf(path, size, "%s", real) < (int)size ? 0
                                                      : error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "%.200s", image);
}

/* What processes that are dead left behind. */
static void sweep(const char *cache) {
  struct cache_list list;
  uint64_t bytes = 0;
  if (cache_list(&list, cache, false, NULL) != 0) return;
  for (size_t i = 0; i < list.count; i++)
    if (list.entry[i].kind == CACHE_WORK) cache_remove(&list.entry[i], &bytes, NULL);
  cache_list_free(&list);
}

int project_scratch(const struct project *p, char *path, size_t size, struct cache_hold **hold, struct error *err) {
  char cache[PATH_MAX], source[PATH_MAX];
  struct cache_hold *alone;
  int rc = folder_of(p, cache, sizeof cache, source, err);
  if (rc == 0 && snprintf(path, size, "%s/%sXXXXXX", cache, cache_work_prefix) >= (int)size)
    rc = error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "%.300s", cache);
  if (rc == 0) rc = cache_hold_alone(cache, &alone, err);
  if (rc != 0) return rc;
  sweep(cache);
  rc = cache_hold_temporary(path, hold, err);
  /* workloads of another user (--user) read what is in it */
  if (rc == 0 && chmod(path, 0755) != 0) rc = error_set_errno(err, -errno, "%.300s", path);
  cache_release(alone);
  return rc;
}

int project_cache(const struct project *p, char *path, size_t size, struct error *err) {
  char source[PATH_MAX];
  return folder_of(p, path, size, source, err);
}

int project_clean(const struct project *p, uint64_t *bytes, size_t *used, struct error *err) {
  char cache[PATH_MAX];
  struct cache_list list;
  *bytes = *used = 0;
  int rc = project_cache(p, cache, sizeof cache, err);
  if (rc == 0) rc = cache_list(&list, cache, false, err);
  if (rc != 0) return rc;
  for (size_t i = 0; rc == 0 && i < list.count; i++) {
    rc = cache_remove(&list.entry[i], bytes, err);
    *used += list.entry[i].is_used;
  }
  cache_list_free(&list);
  cache_remove_empty();
  return rc;
}
