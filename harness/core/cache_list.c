/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache_list.c: what is in the cache, and what goes (cache.h). */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/cache.h"
#include "harness/core/paths.h"
#include "harness/core/tree.h"

const char *const cache_kind_names[] = { "variant", "project", "work", NULL };
const char *const cache_state_names[] = { "whole", "damaged", "unfinished", NULL };

enum { HASH_OF_ENTRY = 32, HASH_OF_PROJECT = 16 };

static bool is_hash(const char *name, size_t length) {
  return strlen(name) == length && strspn(name, "0123456789abcdef") == length;
}

static bool starts(const char *name, const char *prefix) { return strncmp(name, prefix, strlen(prefix)) == 0; }

/* Alone, without waiting; -1: somebody has it, or nobody can say. */
static int lock_alone(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  close(fd);
  return -1;
}

static int add(struct cache_list *list, enum cache_kind kind, const char *path, const struct stat *st, bool sealed,
               struct error *err) {
  struct cache_entry e = { .kind = kind, .made = -1, .used = st->st_mtim.tv_sec };
  struct stat seal;
  char what[256] = "", file[PATH_MAX];
  int rc = 0;
  if (kind == CACHE_WORK) e.state = CACHE_UNFINISHED;
  else if (sealed) rc = cache_seal_check(path, &e.state, what, sizeof what, err);
  if (rc != 0) return rc;
  snprintf(file, sizeof file, "%.3000s/%s", path, cache_seal_name);
  if (e.state != CACHE_UNFINISHED && lstat(file, &seal) == 0) e.made = seal.st_mtim.tv_sec;
  int alone = lock_alone(path);
  e.is_used = alone < 0;
  if (alone >= 0) close(alone);
  e.bytes = tree_bytes(path);
  e.path = strdup(path);
  e.what = strdup(what);
  struct cache_entry *grown = reallocarray(list->entry, list->count + 1, sizeof *grown);
  if (grown != NULL) list->entry = grown;
  if (grown == NULL || e.path == NULL || e.what == NULL) {
    free(e.path);
    free(e.what);
    return error_set_errno(err, -ENOMEM, "the cache");
  }
  list->entry[list->count++] = e;
  return 0;
}

static int walk(struct cache_list *list, enum cache_place place, const char *folder, bool of_project, bool sealed,
                struct error *err) {
  char path[PATH_MAX];
  struct stat st;
  int rc = 0;
  DIR *d = opendir(folder);
  if (d == NULL) return errno == ENOENT ? 0 : error_set_errno(err, -errno, "cannot read %.300s", folder);
  for (struct dirent *e; rc == 0 && (e = readdir(d)) != NULL;) {
    const char *name = e->d_name;
    if (name[0] == '.' || snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) continue;
    bool ours = lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
    if (ours && is_hash(name, HASH_OF_ENTRY) && (of_project || place == CACHE_VARIANTS))
      rc = add(list, of_project ? CACHE_PROJECT : CACHE_VARIANT, path, &st, sealed, err);
    else if (ours && (of_project ? starts(name, cache_work_prefix)
                                 : place == CACHE_VARIANTS && starts(name, cache_build_prefix)))
      rc = add(list, CACHE_WORK, path, &st, sealed, err);
    else if (ours && !of_project && place == CACHE_PROJECTS && is_hash(name, HASH_OF_PROJECT))
      rc = walk(list, place, path, true, sealed, err);
    else rc = words_add(&list->strangers, "%s", path) != 0 ? error_set_errno(err, -ENOMEM, "the cache") : 0;
  }
  closedir(d);
  return rc;
}

/* One source tree's alone. */
static int walk_project(struct cache_list *list, const char *folder, bool sealed, struct error *err) {
  struct stat st;
  if (lstat(folder, &st) != 0) return errno == ENOENT ? 0 : error_set_errno(err, -errno, "cannot read %.300s", folder);
  if (S_ISDIR(st.st_mode) && st.st_uid == geteuid()) return walk(list, CACHE_PROJECTS, folder, true, sealed, err);
  return words_add(&list->strangers, "%s", folder) != 0 ? error_set_errno(err, -ENOMEM, "the cache") : 0;
}

static int by_use(const void *a, const void *b) {
  const struct cache_entry *x = a, *y = b;
  return x->used != y->used ? (x->used > y->used) - (x->used < y->used) : strcmp(x->path, y->path);
}

int cache_list(struct cache_list *list, const char *project, bool sealed, struct error *err) {
  char path[PATH_MAX];
  int rc = 0;
  *list = (struct cache_list){ 0 };
  for (int place = project != NULL ? CACHE_PROJECTS : 0; rc == 0 && place < CACHE_PLACES; place++) {
    if ((rc = cache_place((enum cache_place)place, path, sizeof path, err)) != 0) break;
    if (access(path, F_OK) != 0 && errno == ENOENT) continue;
    rc = path_check_ours(path, err);
    if (rc == 0 && project != NULL) rc = walk_project(list, project, sealed, err);
    else if (rc == 0) rc = walk(list, (enum cache_place)place, path, false, sealed, err);
  }
  if (rc == 0 && list->count > 1) qsort(list->entry, list->count, sizeof *list->entry, by_use);
  if (rc != 0) cache_list_free(list);
  return rc;
}

void cache_list_free(struct cache_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    free(list->entry[i].path);
    free(list->entry[i].what);
  }
  free(list->entry);
  words_free(&list->strangers);
  *list = (struct cache_list){ 0 };
}

int cache_remove(struct cache_entry *e, uint64_t *bytes, struct error *err) {
  int alone = lock_alone(e->path);
  e->is_used = alone < 0;
  if (alone < 0) return 0;
  int rc = tree_remove(e->path, err);
  close(alone);
  e->removed = rc == 0;
  if (rc == 0) *bytes += e->bytes;
  return rc;
}

void cache_remove_empty(void) {
  char base[PATH_MAX], path[PATH_MAX];
  DIR *d = cache_place(CACHE_PROJECTS, base, sizeof base, NULL) == 0 && path_check_ours(base, NULL) == 0 ? opendir(base)
                                                                                                         : NULL;
  for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
    if (!is_hash(e->d_name, HASH_OF_PROJECT) || snprintf(path, sizeof path, "%s/%s", base, e->d_name) >= PATH_MAX)
      continue;
    int alone = lock_alone(path);
    if (alone < 0) continue;
    rmdir(path);
    close(alone);
  }
  if (d != NULL) closedir(d);
}

int cache_bound(struct cache_list *list, uint64_t max, uint64_t *bytes, struct error *err) {
  uint64_t all = 0;
  int rc = 0;
  for (size_t i = 0; i < list->count; i++) all += list->entry[i].removed ? 0 : list->entry[i].bytes;
  for (size_t i = 0; i < list->count && all > max; i++) {
    struct cache_entry *e = &list->entry[i];
    if (e->removed) continue;
    int failed = cache_remove(e, bytes, rc == 0 ? err : NULL);
    if (rc == 0) rc = failed;
    if (e->removed) all -= e->bytes;
  }
  return rc;
}

void cache_make_room(void) {
  struct cache_list list;
  uint64_t max, removed = 0;
  if (cache_max(&max, NULL) != 0 || cache_list(&list, NULL, false, NULL) != 0) return;
  cache_bound(&list, max, &removed, NULL);
  cache_list_free(&list);
}
