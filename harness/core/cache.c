/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache.c: see cache.h: the folders, and who uses what is in them. */
#include "harness/core/cache.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/numbers.h"
#include "harness/core/paths.h"

static const char *const places[CACHE_PLACES] = { "hakmem-harness", "hakmem/projects" };
const char cache_work_prefix[] = "scratch-", cache_build_prefix[] = "build.";

int cache_place(enum cache_place place, char *path, size_t size, struct error *err) {
  return path_user_folder(PATH_CACHE, places[place], path, size, err);
}

int cache_folder(enum cache_place place, char *path, size_t size, struct error *err) {
  uint64_t max;
  int rc = cache_max(&max, err); /* a wrong word is said before anything is built */
  if (rc == 0) rc = cache_place(place, path, size, err);
  if (rc == 0) rc = path_make_user_folder(path, "the cache folder", err);
  return rc != 0 ? rc : path_check_ours(path, err);
}

int cache_max(uint64_t *bytes, struct error *err) {
  const char *text = getenv("HAKMEM_CACHE_MAX");
  *bytes = UINT64_C(8) * 1000 * 1000 * 1000;
  if (text == NULL || number_whole(text, bytes)) return 0;
  return error_raise(err, ERROR_USAGE, -EINVAL, "HAKMEM_CACHE_MAX wants a number of bytes, as 500M or 8G, not '%.40s'",
                     text);
}

/* A descriptor of the folder is all that a lock needs. */
struct cache_hold {
  int fd;
};

/* Whoever removes an entry has it alone meanwhile: what we wait for may be gone when we have it. */
static int take(const char *path, int how, struct cache_hold **hold) {
  struct stat there, ours;
  *hold = NULL;
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), rc = fd < 0 ? -errno : 0;
  if (rc == 0 && fstat(fd, &ours) != 0) rc = -errno;
  if (rc == 0 && ours.st_uid != geteuid()) rc = -EPERM;
  while (rc == 0 && flock(fd, how) != 0) {
    if (errno == EWOULDBLOCK) rc = -EBUSY;
    else if (errno != EINTR) break; /* a file system that has no locks */
  }
  if (rc == 0 && (lstat(path, &there) != 0 || there.st_dev != ours.st_dev || there.st_ino != ours.st_ino)) rc = -ENOENT;
  if (rc == 0 && (*hold = malloc(sizeof **hold)) == NULL) rc = -ENOMEM;
  if (rc == 0) (*hold)->fd = fd;
  else if (fd >= 0) close(fd);
  return rc;
}

int cache_hold(const char *path, struct cache_hold **hold) {
  int rc = take(path, LOCK_SH, hold);
  if (rc == 0) futimens((*hold)->fd, NULL);
  return rc == -ENOMEM ? rc : rc != 0 ? -ENOENT : 0;
}

static int make_and_take(const char *path, int how, bool may_exist, struct cache_hold **hold, struct error *err) {
  int rc = -ENOENT;
  for (int turn = 0; turn < 100 && rc == -ENOENT; turn++) {
    if (mkdir(path, 0755) != 0 && (errno != EEXIST || (!may_exist && turn == 0)))
      return error_set_errno(err, -errno, "%.300s", path);
    rc = take(path, how, hold);
  }
  return rc == 0 ? 0 : error_set_errno(err, rc, "%.300s", path);
}

int cache_hold_new(const char *path, struct cache_hold **hold, struct error *err) {
  return make_and_take(path, LOCK_SH, false, hold, err);
}

int cache_hold_alone(const char *path, struct cache_hold **hold, struct error *err) {
  return make_and_take(path, LOCK_EX, true, hold, err);
}

int cache_hold_temporary(char *path, struct cache_hold **hold, struct error *err) {
  size_t n = strlen(path);
  int rc = -ENOENT;
  for (int turn = 0; turn < 100 && rc == -ENOENT; turn++) {
    memcpy(path + n - 6, "XXXXXX", 6);
    if (mkdtemp(path) == NULL) return error_set_errno(err, -errno, "cannot create %.300s", path);
    rc = take(path, LOCK_SH, hold);
  }
  return rc == 0 ? 0 : error_set_errno(err, rc, "%.300s", path);
}

void cache_release(struct cache_hold *hold) {
  if (hold == NULL) return;
  close(hold->fd);
  free(hold);
}
