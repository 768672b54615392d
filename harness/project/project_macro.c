/* SPDX-License-Identifier: GPL-3.0-or-later */
/* project_macro.c: see project_macro.h. By the text of the sources: a word is found in a comment too, so that only
 * what stands nowhere is said to. */
#include "harness/project/project_macro.h"

#include <ctype.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/names.h"

/* A larger file is no source that anybody wrote; so many other macros are remembered, for the near names. */
enum { SOURCE_BYTES_MAX = 16 << 20, NAMES_MAX = 4000 };

struct search {
  const char *macro;
  size_t length;
  char where[PATH_MAX + 32]; /* "file:line" of the first, "" : none */
  char **seen;               /* words behind #if, #ifdef, defined: sorted by nothing, NULL-terminated */
  size_t count;
};

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void remember(struct search *s, const char *word, size_t n) {
  for (size_t i = 0; i < s->count; i++)
    if (strlen(s->seen[i]) == n && memcmp(s->seen[i], word, n) == 0) return;
  if (s->count < NAMES_MAX && (s->seen[s->count] = strndup(word, n)) != NULL) s->count++;
}

/* Words of lines that begin with #if or #elif. */
static void remember_line(struct search *s, const char *line, const char *end) {
  static const char *const own[] = { "if", "ifdef", "ifndef", "elif", "defined" };
  const char *at = line + strspn(line, " \t");
  if (at >= end || *at != '#') return;
  at++;
  while (at < end && (*at == ' ' || *at == '\t')) at++;
  if (strncmp(at, "if", 2) != 0 && strncmp(at, "elif", 4) != 0) return;
  while (at < end) {
    const char *from = at;
    while (at < end && is_word(*at)) at++;
    size_t n = (size_t)(at - from);
    bool skipped = n == 0 || isdigit((unsigned char)*from);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
      skipped = skipped || (strlen(own[i]) == n && memcmp(own[i], from, n) == 0);
    if (!skipped) remember(s, from, n);
    if (n == 0) at++;
  }
}

static void search_text(struct search *s, const char *name, const char *text, size_t size) {
  unsigned line = 1;
  for (const char *at = text, *end = text + size; at < end; line++) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    if (stop == NULL) stop = end;
    for (const char *hit = at; s->where[0] == '\0'; hit++) {
      hit = memmem(hit, (size_t)(stop - hit), s->macro, s->length);
      if (hit == NULL) break;
      const char *behind = hit + s->length;
      if ((hit == text || !is_word(hit[-1])) && (behind == end || !is_word(*behind)))
        snprintf(s->where, sizeof s->where, "%s:%u", name, line);
    }
    remember_line(s, at, stop);
    at = stop < end ? stop + 1 : end;
  }
}

static int search_file(struct search *s, const char *path, const char *name, off_t size) {
  if (size <= 0 || size > SOURCE_BYTES_MAX) return 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return -errno;
  char *text = malloc((size_t)size + 1);
  ssize_t n = text != NULL ? read(fd, text, (size_t)size) : -1;
  int rc = text == NULL ? -ENOMEM : n < 0 ? -errno : 0;
  close(fd);
  if (rc == 0 && memchr(text, '\0', (size_t)n < 4096 ? (size_t)n : 4096) == NULL) { /* text, and no program */
    text[n] = '\0';
    search_text(s, name, text, (size_t)n);
  }
  free(text);
  return rc;
}

static int search_tree(struct search *s, const struct project *p, struct error *err) {
  char path[PATH_MAX];
  if (snprintf(path, sizeof path, "%s%s%s", p->source[0] == '/' ? "" : p->folder, p->source[0] == '/' ? "" : "/",
               p->source) >= (int)sizeof path)
    return error_raise(err, ERROR_USAGE, -ENAMETOOLONG, "%.300s", p->source);
  char *paths[] = { path, NULL };
  FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL);
  if (tree == NULL) return error_set_errno(err, -errno, "%.300s", path);
  size_t root = strlen(path);
  int rc = 0;
  for (FTSENT *e; rc == 0 && s->where[0] == '\0' && (e = fts_read(tree)) != NULL;) {
    if (e->fts_info == FTS_D && strcmp(e->fts_name, ".git") == 0) fts_set(tree, e, FTS_SKIP);
    if (e->fts_info != FTS_F) continue;
    const char *name = e->fts_path + root;
    rc = search_file(s, e->fts_accpath, name + strspn(name, "/"), e->fts_statp->st_size);
    if (rc != 0) error_set_errno(err, rc, "cannot read %.300s", e->fts_path);
  }
  fts_close(tree);
  return rc;
}

/* The macro at the head of NAME[=VALUE]. */
static int find_macro(const struct project *p, const struct project_gate *gate, const char *text, struct search *s,
                      struct error *err) {
  char macro[256];
  size_t n = 0;
  while (is_word(text[n]) && n + 1 < sizeof macro) n++;
  snprintf(macro, sizeof macro, "%.*s", (int)n, text);
  s->macro = macro;
  s->length = n;
  int rc = n > 0 ? search_tree(s, p, err) : 0;
  if (rc == 0 && n > 0 && s->where[0] == '\0') {
    char near[300] = "";
    if (s->count > 0) names_near((const char *const *)s->seen, macro, near, sizeof near);
    rc = error_raise(err, ERROR_USAGE, -ENOENT, "gate %s: nothing in %s names the macro %s%s%s", gate->name, p->source,
                     macro, near[0] != '\0' ? "; near: " : "", near);
    error_advise(err, "both builds are identical, as those of any name that is not there would be");
  }
  s->macro = NULL;
  return rc;
}

int project_identical(const struct project *p, const struct project_gate *gate, char *text, size_t size,
                      struct error *err) {
  static const char same[] = "the code and data of both builds are identical: nothing was timed";
  const char *const change[2] = { gate->in, gate->out };
  int rc = 0;
  snprintf(text, size, "%s", same);
  if (gate->change == PROJECT_OPTION)
    snprintf(text, size, "%s; many builds pass over an option that they do not know: is %.100s one of this build's?",
             same, gate->in != NULL ? gate->in : gate->out);
  for (int i = 0; i < 2 && rc == 0 && gate->change == PROJECT_DEFINE; i++) {
    if (change[i] == NULL) continue;
    struct search s = { .seen = calloc(NAMES_MAX + 1, sizeof *s.seen) };
    if (s.seen == NULL) return error_set_errno(err, -ENOMEM, "the sources");
    rc = find_macro(p, gate, change[i], &s, err);
    if (rc == 0 && s.where[0] != '\0')
      snprintf(text, size, "%s; %.*s is named in %.300s", same, (int)strcspn(change[i], "= "), change[i], s.where);
    for (size_t k = 0; k < s.count; k++) free(s.seen[k]);
    free(s.seen);
  }
  return rc;
}
