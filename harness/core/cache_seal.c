/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cache_seal.c: see cache_seal.h. The seal: the hash, the line for people, one line for each part. */
#include "harness/core/cache_seal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/content_hash.h"
#include "harness/core/foreign_file.h"
#include "harness/core/tree.h"

const char cache_seal_name[] = "seal";
enum { SEAL_BYTES_MAX = 1 << 20, HASH_LENGTH = 64 };

/* Of one part: nothing outside of the entry. */
static bool is_inside(const char *part) {
  if (part[0] == '\0' || part[0] == '/') return false;
  for (const char *p = part; p != NULL; p = strchr(p, '/')) {
    p += *p == '/';
    if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0')) return false;
  }
  return true;
}

static int hash_of(const char *dir, const struct words *parts, const char *what, char hex[65], struct error *err) {
  struct content_hash h;
  char path[PATH_MAX];
  int rc = 0;
  content_hash_start(&h);
  content_hash_add_text(&h, what);
  for (size_t i = 0; i < parts->count && rc == 0; i++) {
    const char *part = parts->word[i];
    bool all = strcmp(part, ".") == 0;
    if (!is_inside(part) || strchr(part, '\n') != NULL ||
        snprintf(path, sizeof path, "%s%s%s", dir, all ? "" : "/", all ? "" : part) >= (int)sizeof path)
      return error_raise(err, ERROR_USAGE, -EINVAL, "'%.200s' is no part of %.300s", part, dir);
    content_hash_add_text(&h, part);
    rc = tree_add_content_to_hash(path, all ? cache_seal_name : NULL, &h, err);
  }
  content_hash_finish(&h, hex);
  return rc;
}

int cache_seal(const char *dir, const struct words *parts, const char *what, struct error *err) {
  char hex[65], path[PATH_MAX], line[256];
  snprintf(line, sizeof line, "%s", what);
  for (char *p = line; *p != '\0'; p++)
    if (*p == '\n') *p = ' ';
  int rc = hash_of(dir, parts, line, hex, err);
  if (rc != 0) return rc;
  snprintf(path, sizeof path, "%.3000s/%s", dir, cache_seal_name);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (f == NULL) {
    rc = error_set_errno(err, -errno, "cannot write %s", path);
    if (fd >= 0) close(fd);
    return rc;
  }
  fprintf(f, "%s\n%s\n", hex, line);
  for (size_t i = 0; i < parts->count; i++) fprintf(f, "%s\n", parts->word[i]);
  bool bad = ferror(f) != 0;
  return fclose(f) != 0 || bad ? error_set_errno(err, -errno, "cannot write %s", path) : 0;
}

/* Next line of text, ended there; NULL: no whole one. */
static char *next_line(char **text) {
  char *line = *text, *end = strchr(line, '\n');
  if (end == NULL) return NULL;
  *end = '\0';
  *text = end + 1;
  return line;
}

/* The seal's text; NULL: there is none. */
static char *read_seal(const char *dir) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.3000s/%s", dir, cache_seal_name);
  int fd = foreign_file_open(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW, SEAL_BYTES_MAX, NULL);
  char *text = fd >= 0 ? malloc(SEAL_BYTES_MAX + 1) : NULL;
  size_t used = 0;
  for (ssize_t n = 1; text != NULL && n > 0 && used<SEAL_BYTES_MAX; used += n> 0 ? (size_t)n : 0)
    n = read(fd, text + used, SEAL_BYTES_MAX - used);
  if (text != NULL) text[used] = '\0';
  if (fd >= 0) close(fd);
  return text;
}

int cache_seal_check(const char *dir, enum cache_state *state, char *what, size_t size, struct error *err) {
  struct words parts = { 0 };
  struct error why = { 0 };
  char hex[65], *text = read_seal(dir), *at = text;
  if (what != NULL) what[0] = '\0';
  *state = CACHE_UNFINISHED;
  if (text == NULL) return 0;
  char *hash = next_line(&at), *line = hash != NULL ? next_line(&at) : NULL;
  int rc = line == NULL ? -EBADMSG : 0;
  for (char *part; rc == 0 && (part = next_line(&at)) != NULL;) rc = words_add(&parts, "%s", part);
  if (rc == 0) rc = hash_of(dir, &parts, line, hex, &why);
  *state = rc == 0 && strlen(hash) == HASH_LENGTH && memcmp(hash, hex, HASH_LENGTH) == 0 ? CACHE_WHOLE : CACHE_DAMAGED;
  if (line != NULL && what != NULL) snprintf(what, size, "%s", line);
  words_free(&parts);
  free(text);
  if (why.kind != ERROR_INTERRUPTED) return 0; /* what cannot be read is damaged */
  if (err != NULL) *err = why;
  return -EINTR;
}

bool cache_sealed(const char *dir) {
  struct stat st;
  enum cache_state state;
  if (lstat(dir, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()) return false;
  return cache_seal_check(dir, &state, NULL, 0, NULL) == 0 && state == CACHE_WHOLE;
}
