/* SPDX-License-Identifier: GPL-3.0-or-later */
/* program.c: see program.h. */
#include "harness/core/program.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder may be "executable" too. */
static int can_execute(const char *path) {
  struct stat st;
  if (stat(path, &st) != 0) return -errno;
  return S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

int program_find_in(const char *dirs, const char *name, char *path, size_t size) {
  if (strchr(name, '/') != NULL) {
    if ((size_t)snprintf(path, size, "%s", name) >= size) return -ENAMETOOLONG;
    return can_execute(path);
  }
  if (dirs == NULL) dirs = "/usr/local/bin:/usr/bin:/bin";
  bool refused = false;
  while (*name != '\0') {
    size_t n = strcspn(dirs, ":");
    bool fits = (size_t)snprintf(path, size, "%.*s%s%s", (int)n, dirs, n != 0 ? "/" : "", name) < size;
    int rc = fits ? can_execute(path) : -ENOENT;
    if (rc == 0) return 0;
    refused |= rc == -EACCES;
    if (dirs[n] == '\0') break;
    dirs += n + 1;
  }
  return refused ? -EACCES : -ENOENT;
}

int program_find(const char *name, char *path, size_t size) {
  return program_find_in(getenv("PATH"), name, path, size);
}
