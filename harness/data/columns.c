/* SPDX-License-Identifier: GPL-3.0-or-later */
/* columns.c: see columns.h. */
#include "harness/data/columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *at(const void *row, const struct column *c) { return (char *)(uintptr_t)row + c->offset; }

size_t columns_header(const struct columns *c, char *text) {
  size_t n = 0;
  for (size_t i = 0; i < c->count; i++)
    n += (size_t)snprintf(text + n, COLUMNS_LINE_MAX - n, "%s%s", i ? "," : "", c->column[i].name);
  return n + (size_t)snprintf(text + n, COLUMNS_LINE_MAX - n, "\n");
}

static size_t put(const struct column *c, const void *row, char *to, size_t room) {
  const void *v = at(row, c);
  int n = 0;
  to[0] = '\0';
  switch (c->type) {
  case COLUMN_COUNT:
    if (!c->may_be_empty || *(const uint64_t *)v != COLUMN_EMPTY)
      n = snprintf(to, room, "%" PRIu64, *(const uint64_t *)v);
    break;
  case COLUMN_SMALL: n = snprintf(to, room, "%" PRIu32, *(const uint32_t *)v); break;
  case COLUMN_SIGNED: n = snprintf(to, room, "%ld", *(const long *)v); break;
  case COLUMN_REAL:
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (!c->may_be_empty || !isnan(*(const double *)v)) n = snprintf(to, room, c->format, *(const double *)v);
#pragma GCC diagnostic pop
    break;
  case COLUMN_WORD: {
    const char *const *name = c->names;
    for (unsigned k = *(const unsigned *)v; k && *name; k--) name++;
    n = snprintf(to, room, "%s", *name ? *name : "");
    break;
  }
  case COLUMN_FLAG: n = snprintf(to, room, "%d", *(const bool *)v); break;
  case COLUMN_TEXT:
    n = snprintf(to, room, "%.*s", COLUMNS_TEXT_MAX - 1, (const char *)v);
    for (char *p = to; *p; p++)
      if ((unsigned char)*p < ' ' || *p == 127) *p = ' ';
    break;
  }
  return (size_t)n;
}

size_t columns_line(const struct columns *c, const void *row, char *text) {
  size_t n = 0;
  for (size_t i = 0; i < c->count && n + 1 < COLUMNS_LINE_MAX; i++) {
    if (i) text[n++] = ',';
    n += put(&c->column[i], row, text + n, COLUMNS_LINE_MAX - n);
  }
  if (n > COLUMNS_LINE_MAX - 2) n = COLUMNS_LINE_MAX - 2;
  text[n++] = '\n';
  text[n] = '\0';
  return n;
}

/* Digits alone: strtoull would take a sign and blanks. */
static bool digits(const char *text, const char *end, uint64_t *value) {
  uint64_t v = 0;
  if (text == end || end - text > 20) return false;
  for (; text < end; text++) {
    if (*text < '0' || *text > '9' || v > (UINT64_MAX - (uint64_t)(*text - '0')) / 10) return false;
    v = v * 10 + (uint64_t)(*text - '0');
  }
  *value = v;
  return true;
}

/* A decimal number as we write it, or nan: strtod would take blanks, hexadecimal and infinity. Nothing that is measured
 * comes near the limit, and sums and squares of what is below it stay finite. */
static bool real(const char *text, const char *end, double *value) {
  static const double limit = 1e30;
  char *stop;
  if (text == end || strspn(text, "+-.0123456789eEnaN") < (size_t)(end - text)) return false;
  *value = strtod(text, &stop);
  return stop == end && (isnan(*value) || fabs(*value) <= limit);
}

static bool word(const struct column *c, const char *text, const char *end, unsigned *value) {
  for (unsigned i = 0; c->names[i]; i++)
    if (strlen(c->names[i]) == (size_t)(end - text) && memcmp(c->names[i], text, (size_t)(end - text)) == 0) {
      *value = i;
      return true;
    }
  return false;
}

static void set_empty(const struct column *c, void *row) {
  unsigned n = 0;
  switch (c->type) {
  case COLUMN_COUNT: *(uint64_t *)at(row, c) = COLUMN_EMPTY; break;
  case COLUMN_REAL: *(double *)at(row, c) = NAN; break;
  case COLUMN_WORD:
    while (c->names[n]) n++;
    *(unsigned *)at(row, c) = n;
    break;
  default: break;
  }
}

static bool take(const struct column *c, const char *text, const char *end, void *row) {
  void *v = at(row, c);
  uint64_t n = 0;
  if (text == end && c->may_be_empty) {
    set_empty(c, row);
    return true;
  }
  switch (c->type) {
  case COLUMN_COUNT: return digits(text, end, v);
  case COLUMN_SMALL:
    if (!digits(text, end, &n) || n > UINT32_MAX) return false;
    *(uint32_t *)v = (uint32_t)n;
    return true;
  case COLUMN_SIGNED:
    if (!digits(text + (*text == '-'), end, &n) || n > INT64_MAX) return false;
    *(long *)v = *text == '-' ? -(long)n : (long)n;
    return true;
  case COLUMN_REAL: return real(text, end, v);
  case COLUMN_WORD: return word(c, text, end, v);
  case COLUMN_FLAG:
    if (!digits(text, end, &n) || n > 1) return false;
    *(bool *)v = n;
    return true;
  case COLUMN_TEXT:
    if (end - text >= COLUMNS_TEXT_MAX) return false;
    memcpy(v, text, (size_t)(end - text));
    ((char *)v)[end - text] = '\0';
    return true;
  }
  return false;
}

/* A line with all columns, or with the first LEAST or more of them. */
static bool parse(const struct columns *c, size_t least, const char *line, void *row) {
  memset(row, 0, c->size);
  for (size_t i = 0; i < c->count; i++) {
    const char *end = line + strcspn(line, c->column[i].type == COLUMN_TEXT ? "\n" : ",\n");
    bool last = *end == '\n' && i + 1 >= least;
    if ((*end != ',' && !last) || !take(&c->column[i], line, end, row)) return false;
    line = end + 1;
    if (!last) continue;
    for (i++; i < c->count; i++) set_empty(&c->column[i], row);
    return *line == '\0';
  }
  return false;
}

/* How many columns a head names; 0: it is none of the table's. */
static size_t columns_of(const struct columns *c, const char *line) {
  char head[COLUMNS_LINE_MAX];
  struct columns first = *c;
  for (; first.count > 0 && (first.count == c->count || (c->oldest > 0 && first.count >= c->oldest)); first.count--) {
    columns_header(&first, head);
    if (strcmp(line, head) == 0) return first.count;
  }
  return 0;
}

void columns_round(const struct columns *c, void *row) {
  char text[64];
  for (size_t i = 0; i < c->count; i++)
    if (c->column[i].type == COLUMN_REAL && put(&c->column[i], row, text, sizeof text) > 0)
      *(double *)at(row, &c->column[i]) = strtod(text, NULL);
}

int columns_start(struct columns_reader *r, const struct columns *c, FILE *f, const char *path, struct error *err) {
  char line[COLUMNS_LINE_MAX + 2];
  *r = (struct columns_reader){ .columns = c, .f = f, .path = path, .line = 1 };
  r->least = fgets(line, sizeof line, f) ? columns_of(c, line) : 0;
  if (r->least > 0) return 0;
  int rc = error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s:1 is not the head of a %s of this version", path, c->file);
  if (c->advice) error_advise(err, "%s", c->advice);
  return rc;
}

int columns_next(struct columns_reader *r, void *row, struct error *err) {
  char line[COLUMNS_LINE_MAX + 2];
  if (!fgets(line, sizeof line, r->f)) return 0;
  r->line++;
  if (!r->whole && !strchr(line, '\n') && feof(r->f)) return 0;
  if (parse(r->columns, r->least, line, row)) return 1;
  return error_raise(err, ERROR_UNMEASURED, -EBADMSG, "%s:%zu is not as it was written", r->path, r->line);
}
