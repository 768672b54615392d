/* SPDX-License-Identifier: GPL-3.0-or-later */
/* foreign_file.c: see foreign_file.h. */
#include "harness/core/foreign_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int foreign_file_open(int dir_fd, const char *path, int flags, uint64_t max, struct error *err) {
  struct stat st;
  /* O_NONBLOCK: a pipe without a writer would keep us here */
  int fd = openat(dir_fd, path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return error_set_errno(err, -errno, "cannot read %s", path), -errno;
  int rc = fstat(fd, &st) != 0 ? -errno : 0;
  if (rc == 0 && !S_ISREG(st.st_mode)) rc = -EINVAL;
  else if (rc == 0 && max > 0 && (uint64_t)st.st_size > max) rc = -EFBIG;
  if (rc == 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) != 0) rc = -errno;
  if (rc == 0) return fd;
  close(fd);
  if (rc == -EINVAL) return error_raise(err, ERROR_USAGE, rc, "%s is not a regular file", path);
  if (rc == -EFBIG)
    return error_raise(err, ERROR_USAGE, rc, "%s has more than %llu bytes", path, (unsigned long long)max);
  return error_set_errno(err, rc, "cannot read %s", path);
}

FILE *foreign_file_stream(const char *path, struct error *err) {
  int fd = foreign_file_open(AT_FDCWD, path, O_RDONLY, FOREIGN_TEXT_MAX, err);
  FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
  if (f == NULL) {
    int code = fd < 0 ? -fd : ENOMEM;
    if (fd >= 0) {
      close(fd);
      error_set_errno(err, -ENOMEM, "cannot read %s", path);
    }
    errno = code;
  }
  return f;
}
