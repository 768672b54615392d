/* SPDX-License-Identifier: GPL-3.0-or-later */
/* line_map.c: two trees of one project, line by line; see gated_lines.h. By diff(1), one file at a time, when a line
 * of it is first asked for. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/core/child.h"
#include "harness/project/gated_lines.h"

struct hunk {
  int out, outs, in, ins; /* first line and number of lines in each; of none: the line before */
};

struct file_map {
  char *file;
  bool known;
  struct hunk *hunk;
  size_t hunks;
};

struct line_map {
  char *in, *out, *scratch;
  struct file_map *file; /* sorted by name */
  size_t files;
};

struct line_map *line_map_open(const char *tree_in, const char *tree_out, const char *scratch) {
  struct line_map *m = calloc(1, sizeof *m);
  if (m == NULL) return NULL;
  m->in = strdup(tree_in);
  m->out = strdup(tree_out);
  m->scratch = strdup(scratch);
  if (m->in != NULL && m->out != NULL && m->scratch != NULL) return m;
  line_map_close(m);
  return NULL;
}

void line_map_close(struct line_map *m) {
  for (size_t i = 0; i < m->files; i++) {
    free(m->file[i].file);
    free(m->file[i].hunk);
  }
  free(m->file);
  free(m->in);
  free(m->out);
  free(m->scratch);
  free(m);
}

/* @@ -A[,B] +C[,D] @@ */
static bool read_hunk(const char *line, struct hunk *h) {
  char *next;
  if (strncmp(line, "@@ -", 4) != 0) return false;
  h->out = (int)strtol(line + 4, &next, 10);
  h->outs = *next == ',' ? (int)strtol(next + 1, &next, 10) : 1;
  if (strncmp(next, " +", 2) != 0) return false;
  h->in = (int)strtol(next + 2, &next, 10);
  h->ins = *next == ',' ? (int)strtol(next + 1, &next, 10) : 1;
  return true;
}

static void read_hunks(struct file_map *f, const char *path) {
  FILE *log = fopen(path, "re");
  char line[1024];
  struct hunk h;
  while (log != NULL && fgets(line, sizeof line, log) != NULL) {
    if (!read_hunk(line, &h)) continue;
    struct hunk *grown = reallocarray(f->hunk, f->hunks + 1, sizeof *grown);
    if (grown == NULL) {
      f->known = false;
      break;
    }
    f->hunk = grown;
    f->hunk[f->hunks++] = h;
  }
  if (log != NULL) fclose(log);
}

static void compare(const struct line_map *m, struct file_map *f) {
  char in[PATH_MAX], out[PATH_MAX], log[PATH_MAX];
  struct child_spec spec = CHILD_SPEC_INIT;
  struct child child;
  int status = 0;
  if (snprintf(in, sizeof in, "%s/%s", m->in, f->file) >= (int)sizeof in ||
      snprintf(out, sizeof out, "%s/%s", m->out, f->file) >= (int)sizeof out ||
      snprintf(log, sizeof log, "%s/diff", m->scratch) >= (int)sizeof log || access(in, R_OK) != 0)
    return;
  char *const argv[] = { "diff", "-a", "-U0", "--", access(out, R_OK) == 0 ? out : "/dev/null", in, NULL };
  spec.argv = argv;
  spec.stdout_fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
  spec.stderr_fd = spec.stdin_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (spec.stdout_fd >= 0 && child_spawn_held(&spec, &child, NULL) == 0 && child_release(&child, NULL) == 0 &&
      child_wait(&child, 60, &status, NULL, NULL) == 0 && WIFEXITED(status) && WEXITSTATUS(status) <= 1) {
    f->known = true;
    if (WEXITSTATUS(status) == 1) read_hunks(f, log);
  }
  if (spec.stdout_fd >= 0) close(spec.stdout_fd);
  if (spec.stderr_fd >= 0) close(spec.stderr_fd);
}

static struct file_map *find(struct line_map *m, const char *file) {
  size_t low = 0, high = m->files;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (strcmp(m->file[mid].file, file) < 0) low = mid + 1;
    else high = mid;
  }
  if (low < m->files && strcmp(m->file[low].file, file) == 0) return &m->file[low];
  struct file_map *grown = reallocarray(m->file, m->files + 1, sizeof *grown);
  if (grown == NULL) return NULL;
  m->file = grown;
  memmove(grown + low + 1, grown + low, (m->files - low) * sizeof *grown);
  grown[low] = (struct file_map){ .file = strdup(file) };
  m->files++;
  if (grown[low].file != NULL) compare(m, &grown[low]);
  return &grown[low];
}

int line_map_out(struct line_map *m, const char *file, int line) {
  const struct file_map *f = find(m, file);
  if (f == NULL || !f->known) return -1;
  int shift = 0;
  for (size_t i = 0; i < f->hunks; i++) {
    const struct hunk *h = &f->hunk[i];
    int first = h->ins > 0 ? h->in : h->in + 1;
    if (line < first) break;
    if (line < first + h->ins) return 0;
    shift += h->outs - h->ins;
  }
  return line + shift;
}

int line_map_each_new(struct line_map *m, int (*each)(void *context, const char *file, int line), void *context) {
  int rc = 0;
  for (size_t i = 0; rc == 0 && i < m->files; i++)
    for (size_t k = 0; rc == 0 && k < m->file[i].hunks; k++)
      for (int n = 0; rc == 0 && n < m->file[i].hunk[k].ins; n++)
        rc = each(context, m->file[i].file, m->file[i].hunk[k].in + n);
  return rc;
}
