/* SPDX-License-Identifier: GPL-3.0-or-later */
/* variant_stage.c: see variant_stage.h. */
#include "harness/build/variant_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy(const char *from, const char *to, struct error *err) {
  struct stat st;
  int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, rc = 0;
  if (in < 0 || fstat(in, &st) != 0) rc = error_set_errno(err, -errno, "cannot read %s", from);
  if (rc == 0 && (out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644)) < 0)
    rc = error_set_errno(err, -errno, "cannot write %s", to);
  for (off_t left = rc == 0 ? st.st_size : 0; rc == 0 && left > 0;) {
    ssize_t n = sendfile(out, in, NULL, (size_t)left);
    if (n <= 0) rc = error_set_errno(err, n < 0 ? -errno : -EIO, "cannot write %s", to);
    else left -= n;
  }
  /* whatever the umask is */
  if (rc == 0 && fchmod(out, st.st_mode & S_IXUSR ? 0755 : 0644) != 0)
    rc = error_set_errno(err, -errno, "cannot write %s", to);
  if (in >= 0) close(in);
  if (out >= 0 && close(out) != 0 && rc == 0) rc = error_set_errno(err, -errno, "cannot write %s", to);
  return rc;
}

int variant_stage_open(struct variant_stage *s, const char *image, const char *user, struct error *err) {
  s->dir[0] = '\0';
  snprintf(s->path, sizeof s->path, "%s", image);
  return user == NULL ? 0 : variant_stage_copy(s, image, err);
}

int variant_stage_copy(struct variant_stage *s, const char *image, struct error *err) {
  /* not TMPDIR, which may be the invoking user's alone: the workload's user has to get at it */
  strcpy(s->dir, "/tmp/hakmem-image.XXXXXX");
  if (mkdtemp(s->dir) == NULL) {
    s->dir[0] = '\0';
    return error_set_errno(err, -errno, "cannot make a folder for an image in /tmp");
  }
  const char *slash = strrchr(image, '/'); /* programs are known by their name */
  snprintf(s->path, sizeof s->path, "%s/%.250s", s->dir, slash != NULL ? slash + 1 : image);
  int rc = chmod(s->dir, 0711) != 0 ? error_set_errno(err, -errno, "cannot open %s to others", s->dir) : 0;
  if (rc == 0) rc = copy(image, s->path, err);
  if (rc != 0) variant_stage_close(s);
  return rc;
}

void variant_stage_close(struct variant_stage *s) {
  if (s->dir[0] == '\0') return;
  unlink(s->path);
  rmdir(s->dir);
  s->dir[0] = '\0';
}
