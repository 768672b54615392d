/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gated_text.c: lines whose tokens behind the preprocessor differ between two builds; see gated_lines.h. The captured
 * compiles are asked again with -E, as they were but for what they would write; the units of functions that differ,
 * for only these can hold a line that changes code. */
#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/project/gated_lines.h"

/* A unit's text behind the preprocessor: the largest in use is some 20 MB. */
enum { TEXT_BYTES_MAX = 256 << 20 };

struct token_line {
  char *file;
  int line;
  uint64_t hash;
};
struct token_lines {
  struct token_line *line;
  size_t count, room;
};

static void lines_free(struct token_lines *l) {
  for (size_t i = 0; i < l->count; i++)
    if (i == 0 || l->line[i].file != l->line[i - 1].file) free(l->line[i].file);
  free(l->line);
  *l = (struct token_lines){ 0 };
}

/* cc1 -E with the unit's words; its exit status or a negative errno. */
static int preprocess(const struct capture_unit *u, const char *tree, const char *output, struct error *err) {
  static const char *const with_value[] = {
    "-o", "-MF", "-MT", "-MQ", "-MD", "-MMD", "-dumpbase", "-dumpdir", "-dumpbase-ext", "-auxbase", "-auxbase-strip"
  };
  struct words w = { 0 };
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  int status = 0;
  int rc = words_add(&w, "env") || words_add(&w, "-C") || words_add(&w, "%s", u->folder) ||
           words_add(&w, "%s", u->compiler) || words_add(&w, "-E");
  for (size_t i = 0; rc == 0 && i < u->words.count; i++) {
    const char *word = u->words.word[i];
    bool dropped = strcmp(word, "-MP") == 0 || strcmp(word, "-MG") == 0 || strcmp(word, "-M") == 0 ||
                   strcmp(word, "-MM") == 0 || strcmp(word, "-P") == 0;
    for (size_t k = 0; k < sizeof with_value / sizeof *with_value; k++)
      if (strcmp(word, with_value[k]) == 0) {
        dropped = true;
        i++;
        break;
      }
    if (!dropped) rc = words_add(&w, "%s", word);
  }
  if (rc == 0)
    rc = words_add(&w, "-ffile-prefix-map=%s=/src", tree) || words_add(&w, "-o") || words_add(&w, "%s", output);
  if (rc != 0) {
    words_free(&w);
    return error_set_errno(err, -ENOMEM, "a compile");
  }
  char *const environment[] = { "SOURCE_DATE_EPOCH=1000000000", NULL };
  spec.argv = w.word;
  spec.env_set = environment;
  spec.stdin_fd = spec.stdout_fd = spec.stderr_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  rc = child_spawn_held(&spec, &child, err);
  if (rc == 0) rc = child_release(&child, err);
  if (rc == 0) rc = child_wait(&child, 120, &status, NULL, err);
  if (spec.stdin_fd >= 0) close(spec.stdin_fd);
  words_free(&w);
  return rc != 0 ? rc : status == 0 ? 0 : 1;
}

static uint64_t add_text(uint64_t hash, const char *text, size_t n) { /* FNV-1a, blanks as one */
  bool blank = true;
  for (size_t i = 0; i < n; i++) {
    bool is_blank = isspace((unsigned char)text[i]) != 0;
    if (is_blank && blank) continue;
    hash = (hash ^ (uint64_t)(is_blank ? ' ' : (unsigned char)text[i])) * UINT64_C(0x100000001b3);
    blank = is_blank;
  }
  return hash;
}

static bool is_blank(const char *text, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!isspace((unsigned char)text[i])) return false;
  return true;
}

/* # N "file" flags: the next line is line N of file. */
static bool marker(const char *text, size_t n, int *line, char *file, size_t size) {
  char *next;
  if (n < 5 || text[0] != '#' || text[1] != ' ' || !isdigit((unsigned char)text[2])) return false;
  *line = (int)strtol(text + 2, &next, 10);
  if (next[0] != ' ' || next[1] != '"') return false;
  size_t used = 0;
  for (const char *at = next + 2; at < text + n && *at != '"' && used + 1 < size; at++) {
    if (*at == '\\' && at + 1 < text + n) at++;
    file[used++] = *at;
  }
  file[used] = '\0';
  return true;
}

static int by_line(const void *a, const void *b) {
  const struct token_line *x = a, *y = b;
  int c = strcmp(x->file, y->file);
  if (c == 0) c = (x->line > y->line) - (x->line < y->line);
  return c;
}

static int read_lines(const char *path, const char *folder, const char *tree, struct token_lines *l) {
  int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), line = 0, rc = 0;
  struct stat st;
  char *text = NULL, name[PATH_MAX], raw[PATH_MAX];
  char *file = NULL;
  if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size <= TEXT_BYTES_MAX) text = calloc(1, (size_t)st.st_size + 1);
  if (text == NULL || read(fd, text, (size_t)st.st_size) != st.st_size) rc = -EIO;
  if (fd >= 0) close(fd);
  for (char *at = text; rc == 0 && *at != '\0';) {
    size_t n = strcspn(at, "\n");
    if (marker(at, n, &line, raw, sizeof raw)) {
      bool ours = gated_source_name(raw, folder, tree, name, sizeof name);
      if (!ours) file = NULL;
      else if (file == NULL || strcmp(file, name) != 0) {
        if ((file = strdup(name)) == NULL) rc = -ENOMEM;
      }
    } else {
      if (file != NULL && !is_blank(at, n)) {
        if (l->count == l->room) {
          size_t room = l->room ? 2 * l->room : 4096;
          struct token_line *grown = reallocarray(l->line, room, sizeof *grown);
          if (grown == NULL) rc = -ENOMEM;
          else {
            l->line = grown;
            l->room = room;
          }
        }
        if (rc == 0)
          l->line[l->count++] = (struct token_line){ file, line, add_text(UINT64_C(0xcbf29ce484222325), at, n) };
      }
      line++;
    }
    at += n + (at[n] == '\n');
  }
  free(text);
  return rc;
}

/* Several times the same line (a macro over lines, a file that is included twice): one hash of all. The names are
 * then borrowed from `names`, which the caller frees by its own list. */
static void join(struct token_lines *l) {
  size_t kept = 0;
  for (size_t i = 0; i < l->count; i++) {
    if (kept > 0 && by_line(&l->line[kept - 1], &l->line[i]) == 0)
      l->line[kept - 1].hash = (l->line[kept - 1].hash ^ l->line[i].hash) * UINT64_C(0x100000001b3);
    else l->line[kept++] = l->line[i];
  }
  l->count = kept;
}

static int compare(const struct token_lines *in, const struct token_lines *out, struct line_map *map,
                   struct gated_lines *lines) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < in->count; i++) {
    struct token_line key = in->line[i];
    key.line = line_map_out(map, key.file, key.line);
    if (key.line <= 0) continue; /* new: known by the diff */
    const struct token_line *there = bsearch(&key, out->line, out->count, sizeof *out->line, by_line);
    if (there == NULL || there->hash != in->line[i].hash)
      rc = gated_lines_add(lines, in->line[i].file, in->line[i].line, GATED_BY_TEXT, false);
  }
  return rc;
}

/* One unit of both builds. 1: a preprocessor did not take it. */
static int one_unit(const struct capture_unit *const unit[2], const char *const tree[2], const char *scratch,
                    struct line_map *map, struct gated_lines *lines, struct error *err) {
  struct token_lines text[2] = { 0 };
  struct token_lines sorted_lines[2] = { 0 };
  char path[PATH_MAX];
  int rc = 0;
  for (int side = 0; rc == 0 && side < 2; side++) {
    snprintf(path, sizeof path, "%s/unit-%d.i", scratch, side);
    rc = preprocess(unit[side], tree[side], path, err);
    if (rc == 0 && read_lines(path, unit[side]->folder, tree[side], &text[side]) != 0)
      rc = error_raise(err, ERROR_UNMEASURED, -EIO, "%.300s", path);
    unlink(path);
    if (rc != 0) break;
    /* a copy to be sorted; the first keeps the names in the order that they are freed by */
    sorted_lines[side].line = calloc(text[side].count + 1, sizeof *sorted_lines[side].line);
    if (sorted_lines[side].line == NULL) rc = error_set_errno(err, -ENOMEM, "a unit");
    else {
      memcpy(sorted_lines[side].line, text[side].line, text[side].count * sizeof *text[side].line);
      sorted_lines[side].count = text[side].count;
      qsort(sorted_lines[side].line, sorted_lines[side].count, sizeof *sorted_lines[side].line, by_line);
      join(&sorted_lines[side]);
    }
  }
  if (rc == 0 && compare(&sorted_lines[1], &sorted_lines[0], map, lines) != 0)
    rc = error_set_errno(err, -ENOMEM, "gated lines");
  for (int side = 0; side < 2; side++) {
    free(sorted_lines[side].line);
    lines_free(&text[side]);
  }
  return rc;
}

static const char *base_of(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

/* Whether a function of this unit differs; by the name of its source, as the objects have it. */
static bool differs(const struct project_difference *d, const char *source) {
  const struct words *list[] = { &d->diff.functions, &d->diff.only_in, &d->diff.only_out, &d->diff.data };
  const char *base = base_of(source);
  size_t n = strlen(base), stem = strcspn(base, ".");
  for (size_t k = 0; k < sizeof list / sizeof *list; k++)
    for (size_t i = 0; i < list[k]->count; i++) {
      const char *word = list[k]->word[i];
      if (strncmp(word, base, n) == 0 && word[n] == ':') return true;
      /* -save-temps compiles foo.i, and some builds a file of another suffix */
      if (strncmp(word, base, stem) == 0 && word[stem] == '.' && strchr(word, ':') != NULL) return true;
    }
  return false;
}

static size_t words_in_common(const struct words *a, const struct words *b) {
  size_t n = 0;
  for (size_t i = 0; i < a->count; i++)
    for (size_t k = 0; k < b->count; k++)
      if (strcmp(a->word[i], b->word[k]) == 0) {
        n++;
        break;
      }
  return n;
}

/* The compile of the same source that is most alike: libtool compiles each twice. */
static const struct capture_unit *same_unit(const struct project_tree *t, const char *name,
                                            const struct capture_unit *like) {
  const struct capture_unit *found = NULL;
  size_t most = 0;
  for (size_t i = 0; i < t->capture.units; i++) {
    const struct capture_unit *u = &t->capture.unit[i];
    const char *source = capture_source(u);
    char own[PATH_MAX];
    if (source == NULL || !gated_source_name(source, u->folder, t->tree, own, sizeof own) || strcmp(own, name) != 0)
      continue;
    size_t n = words_in_common(&like->words, &u->words);
    if (found != NULL && n <= most) continue;
    found = u;
    most = n;
  }
  return found;
}

int gated_by_text(const struct project_difference *d, const char *scratch, struct line_map *map,
                  struct gated_lines *lines, struct error *err) {
  const char *const tree[2] = { d->out.tree, d->in.tree };
  int rc = 0;
  lines->compiles_seen = d->in.capture.units > 0;
  for (size_t i = 0; rc == 0 && i < d->in.capture.units; i++) {
    const struct capture_unit *unit[2] = { NULL, &d->in.capture.unit[i] };
    const char *source = capture_source(unit[1]);
    char name[PATH_MAX];
    if (source == NULL || !differs(d, source) ||
        !gated_source_name(source, unit[1]->folder, d->in.tree, name, sizeof name))
      continue;
    unit[0] = same_unit(&d->out, name, unit[1]);
    int k = unit[0] == NULL ? 1 : one_unit(unit, tree, scratch, map, lines, err);
    if (k < 0) rc = k;
    else if (k > 0) lines->units_unread++;
    else lines->units++;
  }
  return rc;
}
