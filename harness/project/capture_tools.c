/* SPDX-License-Identifier: GPL-3.0-or-later */
/* capture_tools.c: see capture_tools.h. */
#include "harness/project/capture_tools.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/project/capture_log.h"

/* gcc, gcc-12, x86_64-linux-gnu-gcc-12 and the like; ar and nm of gcc are others. */
static bool is_tool(const char *name) {
  static const char *const names[] = { "gcc", "g++",    "cc",      "c++",    "clang",  "clang++",
                                       "ld",  "ld.bfd", "ld.gold", "ld.lld", "ld.mold" };
  size_t n = strlen(name), bare = n;
  while (bare > 0 && strchr("0123456789.", name[bare - 1]) != NULL) bare--;
  if (bare > 0 && bare < n && name[bare - 1] == '-') n = bare - 1;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    size_t k = strlen(names[i]);
    if (n >= k && strncmp(name + n - k, names[i], k) == 0 && (n == k || name[n - k - 1] == '-')) return true;
  }
  return false;
}

static int link_tools(int dir, const char *folder, const char *hook, struct error *err) {
  DIR *d = opendir(folder);
  int rc = 0;
  for (struct dirent *e; rc == 0 && d != NULL && (e = readdir(d)) != NULL;) {
    if (!is_tool(e->d_name) || faccessat(dirfd(d), e->d_name, X_OK, 0) != 0) continue;
    if (symlinkat(hook, dir, e->d_name) != 0 && errno != EEXIST) rc = error_set_errno(err, -errno, "%.200s", e->d_name);
  }
  if (d != NULL) closedir(d);
  return rc;
}

/* Lines, of which a value with several has tabs between them. */
static int note_environment(int dir, const struct words *env, struct error *err) {
  int fd = openat(dir, CAPTURE_ENVIRONMENT, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
  if (f == NULL) return error_set_errno(err, -errno, "the build's environment");
  for (size_t i = 0; i < env->count; i++) {
    for (const char *p = env->word[i]; *p != '\0'; p++) fputc(*p == '\n' ? '\t' : *p, f);
    fputc('\n', f);
  }
  bool bad = ferror(f) != 0;
  bad |= fclose(f) != 0;
  return bad ? error_set_errno(err, -EIO, "the build's environment") : 0;
}

int capture_tools(struct words *env, const char *folder, const char *hook, struct error *err) {
  const char *path = getenv("PATH");
  char *folders = strdup(path != NULL && path[0] != '\0' ? path : "/usr/bin:/bin"), *rest = NULL;
  int rc = folders == NULL ? error_set_errno(err, -ENOMEM, "PATH") : 0;
  int dir = rc == 0 ? open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
  if (rc == 0 && dir < 0) rc = error_set_errno(err, -errno, "%.300s", folder);
  if (rc == 0 && words_add(env, "HAKMEM_CAPTURE_TOOLS=%s", folder) != 0)
    rc = error_set_errno(err, -ENOMEM, "the build's environment");
  if (rc == 0) rc = note_environment(dir, env, err);
  if (rc == 0 && words_add(env, "PATH=%s:%s", folder, folders) != 0)
    rc = error_set_errno(err, -ENOMEM, "the build's environment");
  for (char *one = rc == 0 ? strtok_r(folders, ":", &rest) : NULL; one != NULL && rc == 0;
       one = strtok_r(NULL, ":", &rest))
    rc = link_tools(dir, one, hook, err);
  if (dir >= 0) close(dir);
  free(folders);
  return rc;
}
