/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree.c: see tree.h. By fts(3) with FTS_PHYSICAL, which changes no folder and follows no link. */
#include "harness/core/tree.h"

#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

static FTS *open_tree(const char *path) {
  char *paths[] = { (char *)path, NULL };
  return fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, by_name);
}

/* What one walk adds to a hash: of which entries, and what beside their names. */
struct part {
  bool (*left_out)(const FTSENT *e, const char *name);
  int (*add)(const FTSENT *e, struct content_hash *hash, struct error *err);
  const char *name; /* for left_out */
};

static int add_tree(const char *path, const struct part *part, struct content_hash *hash, struct error *err) {
  FTS *tree = open_tree(path);
  if (tree == NULL) return error_set_errno(err, -errno, "%.300s", path);
  size_t root = strlen(path);
  int rc = 0;
  for (FTSENT *e; rc == 0 && (errno = 0, e = fts_read(tree)) != NULL;) {
    if (e->fts_info == FTS_DP) continue;
    if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS) {
      rc = error_set_errno(err, -e->fts_errno, "cannot read %.300s", e->fts_path);
    } else if (part->left_out(e, part->name)) {
      fts_set(tree, e, FTS_SKIP);
    } else {
      content_hash_add_text(hash, e->fts_path + root);
      rc = part->add(e, hash, err);
    }
  }
  if (rc == 0 && errno != 0) rc = error_set_errno(err, -errno, "cannot read %.300s", path);
  fts_close(tree);
  return rc;
}

static bool is_history(const FTSENT *e, const char *name) {
  return e->fts_info == FTS_D && strcmp(e->fts_name, name) == 0;
}

static int add_facts(const FTSENT *e, struct content_hash *hash, struct error *err) {
  (void)err;
  const struct stat *st = e->fts_statp;
  int64_t facts[] = { (int64_t)st->st_size, (int64_t)st->st_mode, (int64_t)st->st_mtim.tv_sec,
                      (int64_t)st->st_mtim.tv_nsec };
  if (e->fts_info != FTS_D) content_hash_add(hash, facts, sizeof facts);
  return 0;
}

int tree_add_to_hash(const char *path, struct content_hash *hash, struct error *err) {
  const struct part facts = { is_history, add_facts, ".git" };
  return add_tree(path, &facts, hash, err);
}

static bool is_beside(const FTSENT *e, const char *name) {
  if (e->fts_level == 0) return false;
  return e->fts_name[0] == '.' || (name != NULL && e->fts_level == 1 && strcmp(e->fts_name, name) == 0);
}

/* Where a link leads is what it holds. */
static int add_content(const FTSENT *e, struct content_hash *hash, struct error *err) {
  char target[PATH_MAX];
  int64_t kind = e->fts_statp->st_mode & S_IFMT;
  content_hash_add(hash, &kind, sizeof kind);
  if (e->fts_info == FTS_F) return content_hash_add_file(hash, e->fts_path, err);
  if (e->fts_info != FTS_SL) return 0;
  ssize_t n = readlink(e->fts_path, target, sizeof target);
  if (n < 0) return error_set_errno(err, -errno, "cannot read %.300s", e->fts_path);
  content_hash_add(hash, target, (size_t)n);
  return 0;
}

int tree_add_content_to_hash(const char *path, const char *without, struct content_hash *hash, struct error *err) {
  const struct part content = { is_beside, add_content, without };
  return add_tree(path, &content, hash, err);
}

uint64_t tree_bytes(const char *path) {
  FTS *tree = open_tree(path);
  uint64_t bytes = 0;
  for (FTSENT *e; tree != NULL && (e = fts_read(tree)) != NULL;)
    if (e->fts_info == FTS_F) bytes += (uint64_t)e->fts_statp->st_blocks * 512;
  if (tree != NULL) fts_close(tree);
  return bytes;
}

int tree_remove(const char *path, struct error *err) {
  struct stat st;
  if (lstat(path, &st) != 0) return errno == ENOENT ? 0 : error_set_errno(err, -errno, "%.300s", path);
  FTS *tree = open_tree(path);
  if (tree == NULL) return error_set_errno(err, -errno, "%.300s", path);
  int rc = 0;
  for (FTSENT *e; (e = fts_read(tree)) != NULL;) {
    if (e->fts_info == FTS_D) {
      /* a build may leave folders that nobody can write to */
      if ((e->fts_statp->st_mode & 0700) != 0700) fchmodat(AT_FDCWD, e->fts_accpath, 0700, 0);
      continue;
    }
    int failed = e->fts_info == FTS_DP || e->fts_info == FTS_DNR ? rmdir(e->fts_accpath) : unlink(e->fts_accpath);
    if (failed != 0 && rc == 0) rc = error_set_errno(err, -errno, "removing %.300s", e->fts_path);
  }
  fts_close(tree);
  return rc;
}
