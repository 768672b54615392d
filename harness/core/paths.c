/* SPDX-License-Identifier: GPL-3.0-or-later */
/* paths.c: see paths.h. */
#include "harness/core/paths.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/child.h"

int path_make_folders(const char *path, const char *what, uid_t uid, gid_t gid, struct error *err) {
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
    if (mkdir(part, 0777) == 0) {
      if (geteuid() == 0 && (uid != 0 || gid != 0) && lchown(part, uid, gid) != 0 && errno != EPERM)
        return error_set_errno(err, -errno, "cannot give %s to its user", part);
    } else if (errno != EEXIST) {
      return error_set_errno(err, -errno, "cannot create %s%s%s", what, blank, part);
    } else if (stat(part, &st) == 0 && !S_ISDIR(st.st_mode)) {
      return error_raise(err, ERROR_USAGE, -ENOTDIR, "cannot create %s%s%s: %s is not a folder", what, blank, path,
                         part);
    }
    *p = keep;
    if (keep == '\0') return 0;
  }
}

int path_make_user_folders(const char *path, const char *what, struct error *err) {
  uid_t uid;
  gid_t gid;
  int rc = child_resolve_user(NULL, &uid, &gid, err);
  return rc != 0 ? rc : path_make_folders(path, what, uid, gid, err);
}

int path_user_folder(enum path_base base, const char *name, char *path, size_t size, uid_t *uid, gid_t *gid,
                     struct error *err) {
  static const struct {
    const char *variable, *below_home;
  } bases[] = { [PATH_CACHE] = { "XDG_CACHE_HOME", ".cache" }, [PATH_STATE] = { "XDG_STATE_HOME", ".local/state" } };
  int rc = child_resolve_user(NULL, uid, gid, err);
  if (rc != 0) return rc;
  const char *xdg = getenv(bases[base].variable), *home = getenv("HOME");
  /* under sudo HOME and XDG_… may still be root's, or the user's own: the account says */
  const struct passwd *pw = *uid != getuid() || home == NULL ? getpwuid(*uid) : NULL;
  int n;
  if (pw != NULL) n = snprintf(path, size, "%s/%s/%s", pw->pw_dir, bases[base].below_home, name);
  else if (xdg != NULL && xdg[0] == '/') n = snprintf(path, size, "%s/%s", xdg, name);
  else n = snprintf(path, size, "%s/%s/%s", home != NULL ? home : "/tmp", bases[base].below_home, name);
  return n >= 0 && (size_t)n < size ? 0
                                    : error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the path of %s is too long", name);
}
