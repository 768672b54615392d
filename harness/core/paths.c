/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paths.c: see paths.h. */
#include "harness/core/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int path_make_folders(const char *path, const char *what, struct error *err) {
  char part[PATH_MAX];
  struct stat st;
  const char *blank = what != NULL ? " " : "";
  if (what == NULL) what = "";
  if (strlen(path) >= sizeof part)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "cannot create %s%s%s: the name is too long", what, blank,
                       path);
  if (path[0] == '\0') return error_raise(err, ERROR_USAGE, -ENOENT, "cannot create a folder without a name");
  strcpy(part, path);
  for (char *p = part + 1;; p++) {
    if (*p != '/' && *p != '\0') continue;
    char keep = *p;
    *p = '\0';
    if (mkdir(part, 0777) != 0) {
      if (errno != EEXIST) return error_set_errno(err, -errno, "cannot create %s%s%s", what, blank, part);
      if (lstat(part, &st) == 0 && S_ISLNK(st.st_mode) && st.st_uid != geteuid() && st.st_uid != 0)
        return error_raise(err, ERROR_REFUSED, -EPERM, "cannot create %s%s%s: %s is another user's link", what, blank,
                           path, part);
      if (stat(part, &st) == 0 && !S_ISDIR(st.st_mode))
        return error_raise(err, ERROR_USAGE, -ENOTDIR, "cannot create %s%s%s: %s is not a folder", what, blank, path,
                           part);
    }
    *p = keep;
    if (keep == '\0') return 0;
  }
}

int path_lock_folder(const char *path, const char *what, struct error *err) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return error_set_errno(err, -errno, "cannot open %.300s", path);
  if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return fd; /* a file system that has no locks */
  close(fd);
  error_raise(err, ERROR_UNMEASURED, -EBUSY, "%s is being written into %.300s by another process", what, path);
  return error_advise(err, "wait until it has ended, or choose another folder with --to");
}

int path_make_user_folder(const char *path, const char *what, struct error *err) {
  int rc = path_make_folders(path, what, err);
  return rc ? error_advise(err, "set XDG_CACHE_HOME and XDG_STATE_HOME to folders that can be written") : 0;
}

int path_user_folder(enum path_base base, const char *name, char *path, size_t size, struct error *err) {
  static const struct {
    const char *variable, *below_home;
  } bases[] = { [PATH_CACHE] = { "XDG_CACHE_HOME", ".cache" }, [PATH_STATE] = { "XDG_STATE_HOME", ".local/state" } };
  const char *xdg = getenv(bases[base].variable), *home = getenv("HOME");
  if (home == NULL || home[0] != '/') {
    const struct passwd *pw = getpwuid(geteuid());
    home = pw != NULL && pw->pw_dir != NULL && pw->pw_dir[0] == '/' ? pw->pw_dir : NULL;
  }
  int n;
  if (xdg != NULL && xdg[0] == '/') n = snprintf(path, size, "%s/%s", xdg, name);
  else if (home != NULL) n = snprintf(path, size, "%s/%s/%s", home, bases[base].below_home, name);
  else {
    int rc = error_raise(err, ERROR_MISSING, -ENOENT, "there is no home folder to keep %s in", name);
    error_advise(err, "set %s to a folder of yours", bases[base].variable);
    return rc;
  }
  return n >= 0 && (size_t)n < size ? 0
                                    : error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the path of %s is too long", name);
}

static int not_ours(const char *path, const char *part, const char *why, struct error *err) {
  int rc = error_raise(err, ERROR_REFUSED, -EPERM, "%.300s is not used: %.300s %s", path, part, why);
  error_advise(err, "set XDG_CACHE_HOME and XDG_STATE_HOME to folders that nobody else can write to");
  return rc;
}

int path_check_ours(const char *path, struct error *err) {
  char part[PATH_MAX];
  struct stat st;
  const uid_t no_user = 65534; /* what a container shows of owners that it does not know */
  if (realpath(path, part) == NULL) return error_set_errno(err, -errno, "cannot look at %.300s", path);
  for (bool whole = true;; whole = false) {
    if (stat(part, &st) != 0) return error_set_errno(err, -errno, "cannot look at %.300s", part);
    if (whole && st.st_uid != geteuid()) return not_ours(path, part, "is another user's", err);
    if ((st.st_mode & S_IWOTH) != 0 && (whole || (st.st_mode & S_ISVTX) == 0))
      return not_ours(path, part, "can be written to by everybody", err);
    if (geteuid() == 0 && st.st_uid != 0 && st.st_uid != no_user)
      return not_ours(path, part, "is another user's, and we are root", err);
    char *slash = strrchr(part, '/');
    if (part[1] == '\0') return 0;
    slash[slash == part] = '\0';
  }
}
