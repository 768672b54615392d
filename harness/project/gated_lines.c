/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gated_lines.c: see gated_lines.h. */
#include "harness/project/gated_lines.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int order(const struct gated_line *l, const char *file, int line) {
  int c = strcmp(l->file, file);
  return c != 0 ? c : (l->line > line) - (l->line < line);
}

int gated_lines_add(struct gated_lines *lines, const char *file, int line, unsigned by, bool has_code) {
  size_t low = 0, high = lines->count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (order(&lines->line[mid], file, line) < 0) low = mid + 1;
    else high = mid;
  }
  struct gated_line *l = &lines->line[low];
  if (low < lines->count && order(l, file, line) == 0) {
    l->by |= by;
    l->has_code |= has_code;
    return 0;
  }
  if (lines->count == lines->room) {
    size_t room = lines->room ? 2 * lines->room : 64;
    struct gated_line *grown = reallocarray(lines->line, room, sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    lines->line = grown;
    lines->room = room;
  }
  char *copy = strdup(file);
  if (copy == NULL) return -ENOMEM;
  l = &lines->line[low];
  memmove(l + 1, l, (lines->count - low) * sizeof *l);
  *l = (struct gated_line){ copy, line, by, has_code };
  lines->count++;
  return 0;
}

bool gated_source_name(const char *path, const char *folder, const char *tree, char *out, size_t size) {
  char joined[2 * PATH_MAX];
  snprintf(joined, sizeof joined, "%s%s%s", path[0] == '/' ? "" : folder, path[0] == '/' ? "" : "/", path);
  size_t n = strlen(tree);
  const char *rest = strncmp(joined, "/src/", 5) == 0                    ? joined + 5
                     : strncmp(joined, tree, n) == 0 && joined[n] == '/' ? joined + n + 1
                                                                         : NULL;
  if (rest == NULL) return false;
  /* by its parts: . is nothing, .. takes one away */
  size_t used = 0;
  for (const char *at = rest; *at != '\0';) {
    size_t length = strcspn(at, "/");
    if (length == 2 && at[0] == '.' && at[1] == '.') {
      if (used == 0) return false;
      while (used > 0 && out[used - 1] != '/') used--;
      if (used > 0) used--;
    } else if (length > 0 && !(length == 1 && at[0] == '.')) {
      if (used + length + 2 > size) return false;
      if (used > 0) out[used++] = '/';
      memcpy(out + used, at, length);
      used += length;
    }
    at += length + (at[length] == '/');
  }
  out[used] = '\0';
  return used > 0;
}

static int add_new(void *context, const char *file, int line) {
  return gated_lines_add(context, file, line, GATED_BY_DIFF, false);
}

int gated_lines_find(const struct project_difference *d, const char *const image[2], const char *scratch,
                     struct gated_lines *lines, struct error *err) {
  *lines = (struct gated_lines){ 0 };
  struct line_map *map = line_map_open(d->in.tree, d->out.tree, scratch);
  int rc = map == NULL ? error_set_errno(err, -ENOMEM, "comparing two trees") : 0;
  if (rc == 0) rc = gated_by_text(d, scratch, map, lines, err);
  if (rc == 0) rc = gated_by_code(d, image, map, lines, err);
  if (rc == 0 && line_map_each_new(map, add_new, lines) != 0) rc = error_set_errno(err, -ENOMEM, "gated lines");
  if (map != NULL) line_map_close(map);
  for (size_t i = 0; i < lines->count; i++) lines->with_code += lines->line[i].has_code;
  if (rc != 0) gated_lines_free(lines);
  return rc;
}

void gated_lines_free(struct gated_lines *lines) {
  for (size_t i = 0; i < lines->count; i++) free(lines->line[i].file);
  free(lines->line);
  *lines = (struct gated_lines){ 0 };
}
