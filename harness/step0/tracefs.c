/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tracefs.c: see tracefs.h; Linux Documentation/trace/uprobetracer.rst. */
#include "harness/step0/tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A mount of our own that is attached nowhere and is gone with its descriptor: fsopen(2). */
static const char *private_root(void) {
  enum { FSCONFIG_CREATE = 6 };
  static char root[32];
  int mount = -1, fs = (int)syscall(SYS_fsopen, "tracefs", 1u /* FSOPEN_CLOEXEC */);
  if (fs >= 0 && syscall(SYS_fsconfig, fs, FSCONFIG_CREATE, NULL, NULL, 0) == 0)
    mount = (int)syscall(SYS_fsmount, fs, 1u /* FSMOUNT_CLOEXEC */, 0u);
  if (fs >= 0) close(fs);
  if (mount < 0) return NULL;
  snprintf(root, sizeof root, "/proc/self/fd/%d", mount);
  return root;
}

const char *tracefs_root(void) {
  static const char *const roots[] = { "/sys/kernel/tracing", "/sys/kernel/debug/tracing" };
  static const char *found;
  char path[PATH_MAX];
  for (size_t i = 0; i < 2 && found == NULL; i++) {
    snprintf(path, sizeof path, "%s/uprobe_events", roots[i]);
    if (access(path, F_OK) == 0) found = roots[i];
  }
  if (found == NULL) found = private_root();
  return found;
}

int tracefs_append(const char *root, const char *file, const char *line) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", root, file);
  int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) return -errno;
  size_t n = strlen(line);
  int rc = write(fd, line, n) == (ssize_t)n ? 0 : -errno;
  close(fd);
  return rc;
}

long tracefs_number(const char *root, const char *file) {
  char path[PATH_MAX], text[32] = "";
  snprintf(path, sizeof path, "%s/%s", root, file);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t n = read(fd, text, sizeof text - 1);
  close(fd);
  return n > 0 ? strtol(text, NULL, 10) : -EIO;
}
