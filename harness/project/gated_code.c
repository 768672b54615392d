/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gated_code.c: lines that have machine code in one image and none in the other; see gated_lines.h. Line tables by
 * libdw; read in a process of their own first, for images are foreign files. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/core/confined.h"
#include "harness/project/gated_lines.h"

struct place {
  uint32_t file; /* index into names */
  int line;
};

struct table {
  const char *path, *tree; /* the image; where it was built */
  char **name;             /* sorted only at the end: each once, by its first use */
  size_t names;
  struct place *place;
  size_t count, room;
  bool by_tree;
};

static void table_free(struct table *t) {
  for (size_t i = 0; i < t->names; i++) free(t->name[i]);
  free(t->name);
  free(t->place);
}

static int name_index(struct table *t, const char *name, uint32_t *index) {
  for (size_t i = t->names; i-- > 0;) /* the last ones are those of this unit */
    if (strcmp(t->name[i], name) == 0) {
      *index = (uint32_t)i;
      return 0;
    }
  char **grown = reallocarray(t->name, t->names + 1, sizeof *grown);
  if (grown == NULL) return -ENOMEM;
  t->name = grown;
  if ((t->name[t->names] = strdup(name)) == NULL) return -ENOMEM;
  *index = (uint32_t)t->names++;
  return 0;
}

static int add_place(struct table *t, uint32_t file, int line) {
  if (t->count == t->room) {
    size_t room = t->room ? 2 * t->room : 4096;
    struct place *grown = reallocarray(t->place, room, sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    t->place = grown;
    t->room = room;
  }
  t->place[t->count++] = (struct place){ file, line };
  return 0;
}

static int read_unit(struct table *t, Dwarf_Die *unit) {
  Dwarf_Lines *lines;
  size_t count;
  Dwarf_Attribute attribute;
  const char *folder = dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute)), *last = NULL;
  uint32_t file = 0;
  bool ours = false;
  int rc = 0;
  if (dwarf_getsrclines(unit, &lines, &count) != 0) return 0;
  for (size_t i = 0; rc == 0 && i < count; i++) {
    Dwarf_Line *one = dwarf_onesrcline(lines, i);
    int line;
    bool end = false;
    char name[PATH_MAX];
    const char *source = dwarf_linesrc(one, NULL, NULL);
    if (source == NULL || dwarf_lineno(one, &line) != 0 || line <= 0) continue;
    if (dwarf_lineendsequence(one, &end) != 0 || end) continue;
    if (source != last) {
      last = source;
      ours = gated_source_name(source, folder != NULL ? folder : "", t->tree, name, sizeof name);
      if (ours) rc = name_index(t, name, &file);
      size_t n = strlen(t->tree);
      const char *whole = source[0] == '/' ? source : folder != NULL ? folder : "";
      t->by_tree |= ours && strncmp(whole, t->tree, n) == 0;
    }
    if (rc == 0 && ours) rc = add_place(t, file, line);
  }
  return rc;
}

static int read_table(void *context, struct error *err) {
  struct table *t = context;
  int fd = open(t->path, O_RDONLY | O_CLOEXEC), rc = 0;
  Dwarf *dwarf = fd < 0 ? NULL : dwarf_begin(fd, DWARF_C_READ);
  Dwarf_CU *unit = NULL;
  Dwarf_Die die;
  uint8_t type;
  if (fd < 0) return error_set_errno(err, -errno, "%.300s", t->path);
  while (dwarf != NULL && rc == 0 && dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, NULL) == 0)
    if (type == DW_UT_compile) rc = read_unit(t, &die);
  if (dwarf != NULL) dwarf_end(dwarf);
  close(fd);
  return rc == 0 ? 0 : error_set_errno(err, rc, "%.300s", t->path);
}

static int read_confined(struct table *t, struct error *err) {
  struct stat st;
  if (stat(t->path, &st) != 0) return error_set_errno(err, -errno, "%.300s", t->path);
  const struct confined_limits limits = confined_limits_for((uint64_t)st.st_size);
  int rc = confined_try(t->path, read_table, t, &limits, err);
  return rc == 0 ? read_table(t, err) : rc;
}

static const struct table *sorted;
static int by_place(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  int c = x->file == y->file ? 0 : strcmp(sorted->name[x->file], sorted->name[y->file]);
  return c != 0 ? c : (x->line > y->line) - (x->line < y->line);
}

static void sort(struct table *t) {
  sorted = t;
  if (t->count > 1) qsort(t->place, t->count, sizeof *t->place, by_place);
}

static bool has(const struct table *t, const char *file, int line) {
  size_t low = 0, high = t->count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    int c = strcmp(t->name[t->place[mid].file], file);
    if (c == 0) c = (t->place[mid].line > line) - (t->place[mid].line < line);
    if (c == 0) return true;
    if (c < 0) low = mid + 1;
    else high = mid;
  }
  return false;
}

int gated_by_code(const struct project_difference *d, const char *const image[2], struct line_map *map,
                  struct gated_lines *lines, struct error *err) {
  struct table out = { .path = image[0], .tree = d->out.tree }, in = { .path = image[1], .tree = d->in.tree };
  int rc = read_confined(&out, err);
  if (rc == 0) rc = read_confined(&in, err);
  sort(&out);
  sort(&in);
  lines->by_tree = in.by_tree;
  for (size_t i = 0; rc == 0 && i < in.count; i++) {
    const char *file = in.name[in.place[i].file];
    int line = in.place[i].line;
    if (i > 0 && in.place[i - 1].file == in.place[i].file && in.place[i - 1].line == line) continue;
    int there = line_map_out(map, file, line);
    bool gated = there >= 0 && (there == 0 || !has(&out, file, there));
    if (gated && gated_lines_add(lines, file, line, GATED_BY_CODE, true) != 0)
      rc = error_set_errno(err, -ENOMEM, "gated lines");
  }
  /* those that were found by their text */
  for (size_t i = 0; rc == 0 && i < lines->count; i++)
    lines->line[i].has_code |= has(&in, lines->line[i].file, lines->line[i].line);
  table_free(&out);
  table_free(&in);
  return rc;
}
