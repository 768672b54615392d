/* SPDX-License-Identifier: GPL-3.0-or-later */
/* variant_seal.c: see variant_seal.h. */
#include "harness/build/variant_seal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/content_hash.h"

static const char seal_name[] = "seal";

static int is_content(const struct dirent *d) { return d->d_name[0] != '.' && strcmp(d->d_name, seal_name) != 0; }

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static int hash_of(const char *dir, char hex[65], struct error *err) {
  struct content_hash h;
  struct dirent **list;
  char path[PATH_MAX];
  int n = scandir(dir, &list, is_content, by_name), rc = 0;
  if (n < 0) return error_set_errno(err, -errno, "cannot read %s", dir);
  content_hash_start(&h);
  for (int i = 0; i < n; i++) {
    snprintf(path, sizeof path, "%.3000s/%s", dir, list[i]->d_name);
    content_hash_add_text(&h, list[i]->d_name);
    if (rc == 0) rc = content_hash_add_file(&h, path, err);
    free(list[i]);
  }
  free(list);
  content_hash_finish(&h, hex);
  return rc;
}

int variant_seal(const char *dir, struct error *err) {
  char hex[65], path[PATH_MAX];
  int rc = hash_of(dir, hex, err);
  if (rc != 0) return rc;
  snprintf(path, sizeof path, "%.3000s/%s", dir, seal_name);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return error_set_errno(err, -errno, "cannot write %s", path);
  ssize_t n = write(fd, hex, 64);
  rc = n == 64 ? 0 : error_set_errno(err, n < 0 ? -errno : -ENOSPC, "cannot write %s", path);
  if (close(fd) != 0 && rc == 0) rc = error_set_errno(err, -errno, "cannot write %s", path);
  return rc;
}

bool variant_sealed(const char *dir) {
  char hex[65], found[65] = "", path[PATH_MAX];
  struct stat st;
  if (lstat(dir, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()) return false;
  snprintf(path, sizeof path, "%.3000s/%s", dir, seal_name);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return false;
  ssize_t n = read(fd, found, 64);
  close(fd);
  return n == 64 && hash_of(dir, hex, NULL) == 0 && memcmp(hex, found, 64) == 0;
}
