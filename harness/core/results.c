/* SPDX-License-Identifier: GPL-3.0-or-later */
/* results.c: see results.h. */
#include "harness/core/results.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "harness/core/paths.h"

static void sanitize(char *out, size_t size, const char *name) {
  size_t n = 0;
  for (; *name && n + 1 < size && n < 80; name++) {
    char c = *name;
    int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                (c == '.' && n > 0);
    out[n++] = plain ? c : '_';
  }
  out[n] = '\0';
}

int results_check(const char *out_dir, struct error *err) {
  char path[PATH_MAX];
  struct stat st;
  if ((size_t)snprintf(path, sizeof path, "%s", out_dir[0] != '\0' ? out_dir : ".") >= sizeof path)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the name of the results folder is too long");
  /* nothing is made here: the folder that is there, or the nearest above it, must take a new one */
  while (stat(path, &st) != 0 && errno == ENOENT) {
    char *slash = strrchr(path, '/');
    if (slash == NULL) strcpy(path, ".");
    else if (slash == path) path[1] = '\0';
    else *slash = '\0';
  }
  int rc = stat(path, &st) != 0                                      ? -errno
           : !S_ISDIR(st.st_mode)                                    ? -ENOTDIR
           : faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) != 0 ? -errno
                                                                     : 0;
  if (rc == 0) return 0;
  if (rc == -ENOTDIR)
    error_raise(err, ERROR_USAGE, rc, "cannot write results into %s: %s is not a folder", out_dir, path);
  else error_set_errno(err, rc, "cannot write results into %s", out_dir);
  return error_advise(err, "choose another place with --out DIR");
}

int results_create(struct results *r, const char *out_dir, const char *command, const char *name, struct error *err) {
  char label[96], stamp[32], path[PATH_MAX], full[PATH_MAX];
  time_t now = time(NULL);
  struct tm utc;
  memset(r, 0, sizeof *r);
  r->dir_fd = -1;
  int rc = path_make_folders(out_dir, "the results folder", err);
  if (rc != 0) {
    error_advise(err, "choose another place with --out DIR");
    return rc;
  }
  gmtime_r(&now, &utc);
  strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
  sanitize(label, sizeof label, name);
  for (int n = 1; n < 10000; n++) {
    char suffix[16] = "";
    if (n > 1) snprintf(suffix, sizeof suffix, "-%d", n);
    if ((size_t)snprintf(path, sizeof path, "%s/%s-%s-%s%s", out_dir, stamp, command, label, suffix) >= sizeof path)
      return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the name of the results folder is too long");
    if (mkdir(path, 0777) == 0) {
      r->dir_fd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
      if (r->dir_fd < 0) return error_set_errno(err, -errno, "cannot open %s", path);
      r->path = strdup(realpath(path, full) != NULL ? full : path);
      return 0;
    }
    if (errno != EEXIST) {
      rc = error_set_errno(err, -errno, "cannot create %s", path);
      error_advise(err, "choose another place with --out DIR");
      return rc;
    }
  }
  return error_raise(err, ERROR_INTERNAL, -EEXIST, "too many results of one second in %s", out_dir);
}

/* A folder that the user named: one that is not there is a wrong word, not a lack of the machine's. */
static int cannot_open(const char *dir, struct error *err) {
  int code = -errno;
  error_set_errno(err, code, "cannot open the results folder %s", dir);
  if (code == -ENOENT || code == -ENOTDIR) error_set_kind(err, ERROR_USAGE);
  return code;
}

int results_check_owner(const char *dir, const char *file, struct error *err) {
  struct stat st;
  int fd = open(dir, O_DIRECTORY | O_RDONLY | O_CLOEXEC), rc = 0;
  if (fd < 0) return cannot_open(dir, err);
  for (int i = 0; i < 2 && rc == 0; i++) {
    if (i == 0 ? fstat(fd, &st) != 0 : fstatat(fd, file, &st, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != ENOENT) rc = error_set_errno(err, -errno, "cannot look at %s", dir);
    } else if (st.st_uid != geteuid() || (i == 1 && !S_ISREG(st.st_mode)) || (st.st_mode & S_IWOTH) != 0) {
      rc = error_raise(err, ERROR_REFUSED, -EPERM, "%s%s%s is not yours alone: it says what would be run", dir,
                       i == 0 ? "" : "/", i == 0 ? "" : file);
      error_advise(err, "go on with it as the user who started it, or start anew");
    }
  }
  close(fd);
  return rc;
}

int results_open(struct results *r, const char *path, struct error *err) {
  char full[PATH_MAX];
  memset(r, 0, sizeof *r);
  r->dir_fd = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
  if (r->dir_fd < 0) return cannot_open(path, err);
  r->path = strdup(realpath(path, full) != NULL ? full : path);
  return 0;
}

int results_subfolder(const struct results *parent, const char *name, struct results *own, struct error *err) {
  char path[PATH_MAX];
  if ((size_t)snprintf(path, sizeof path, "%s/%s", parent->path, name) >= sizeof path)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "the path of %s in %s is too long", name, parent->path);
  if (mkdirat(parent->dir_fd, name, 0777) != 0 && errno != EEXIST)
    return error_set_errno(err, -errno, "cannot create %s", path);
  memset(own, 0, sizeof *own);
  own->dir_fd = openat(parent->dir_fd, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (own->dir_fd < 0) return cannot_open(path, err);
  own->path = strdup(path);
  return 0;
}

int results_write(struct results *r, const char *file, const char *text, size_t length, struct error *err) {
  char temporary[128];
  int rc = 0;
  snprintf(temporary, sizeof temporary, ".%.90s.%ld", file, (long)getpid());
  int fd = openat(r->dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return error_set_errno(err, -errno, "cannot write %s/%s", r->path, file);
  for (size_t done = 0; done < length;) {
    ssize_t n = write(fd, text + done, length - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      rc = n < 0 ? -errno : -EIO;
      break;
    }
    done += (size_t)n;
  }
  if (rc == 0 && fsync(fd) != 0 && errno != EINVAL && errno != EROFS) rc = -errno;
  if (close(fd) != 0 && rc == 0) rc = -errno;
  if (rc == 0 && renameat(r->dir_fd, temporary, r->dir_fd, file) != 0) rc = -errno;
  if (rc != 0) {
    unlinkat(r->dir_fd, temporary, 0);
    error_set_errno(err, rc, "cannot write %s/%s", r->path, file);
    if (rc == -ENOSPC) error_advise(err, "the disk is full: free some space, or choose another place with --out DIR");
  }
  return rc;
}

int results_write_json(struct results *r, const char *file, const json_t *value, struct error *err) {
  char *text = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
  if (text == NULL)
    return error_raise(err, ERROR_INTERNAL, -EINVAL, "cannot write %s: the result is not valid JSON", file);
  size_t length = strlen(text);
  text[length] = '\n'; /* the terminator's place; written with an explicit length */
  int rc = results_write(r, file, text, length + 1, err);
  free(text);
  return rc;
}

int results_write_fields(struct results *r, const char *file, const struct field_table *table, const void *object,
                         struct error *err) {
  json_t *value = fields_json(table, object);
  int rc = results_write_json(r, file, value, err);
  json_decref(value);
  return rc;
}

FILE *results_append(struct results *r, const char *file, struct error *err) {
  struct stat st;
  /* O_NONBLOCK: a pipe that stands there and has no reader is refused, not waited for */
  int fd = openat(r->dir_fd, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
    close(fd);
    fd = -1;
    errno = EINVAL;
  }
  if (fd < 0) {
    error_set_errno(err, -errno, "cannot append to %s/%s", r->path, file);
    return NULL;
  }
  FILE *f = fdopen(fd, "a");
  if (f == NULL) {
    error_set_errno(err, -errno, "cannot append to %s/%s", r->path, file);
    close(fd);
    return NULL;
  }
  setvbuf(f, NULL, _IOLBF, 0);
  return f;
}

void results_close(struct results *r) {
  if (r->dir_fd >= 0) close(r->dir_fd);
  free(r->path);
  r->path = NULL;
  r->dir_fd = -1;
}

void results_abandon(struct results *r) {
  struct stat st;
  if (r->path != NULL && fstatat(r->dir_fd, "result.json", &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) {
    int copy = openat(r->dir_fd, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC); /* closedir closes it */
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
      if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) unlinkat(r->dir_fd, e->d_name, 0);
    if (dir != NULL) closedir(dir);
    else if (copy >= 0) close(copy);
    rmdir(r->path); /* not where a folder of somebody's is in it */
  }
  results_close(r);
}
