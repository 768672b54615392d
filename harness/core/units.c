/* SPDX-License-Identifier: GPL-3.0-or-later */
/* units.c: see units.h. */
#include "harness/core/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *scaled(double value, const char *const *unit, size_t units, char *buf, size_t size) {
  size_t k = 0;
  if (isnan(value)) {
    snprintf(buf, size, "-");
    return buf;
  }
  while (k + 1 < units && fabs(value) >= 999.5) {
    value /= 1000;
    k++;
  }
  int digits = fabs(value) >= 99.95 ? 0 : fabs(value) >= 9.995 ? 1 : 2;
  snprintf(buf, size, "%.*f %s", digits, value, unit[k]);
  return buf;
}

const char *units_time(double ns, char *buf, size_t size) {
  static const char *const unit[] = { "ns", "us", "ms", "s" };
  return scaled(ns, unit, sizeof unit / sizeof *unit, buf, size);
}

const char *units_bytes(double bytes, char *buf, size_t size) {
  static const char *const unit[] = { "B", "kB", "MB", "GB" };
  return scaled(bytes, unit, sizeof unit / sizeof *unit, buf, size);
}

const char *units_plural(uint64_t n, const char *one, const char *many) { return n == 1 ? one : many; }

unsigned units_columns(int fd) {
  struct winsize w;
  const char *text = getenv("COLUMNS");
  unsigned columns = ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 ? w.ws_col : text ? (unsigned)atoi(text) : 80;
  return columns < 40 ? (columns == 0 ? 80 : 40) : columns > 500 ? 500 : columns;
}

/* Characters on a screen: the bytes that go on in UTF-8 are none, nor is what changes the colour. */
static unsigned width_of(const char *text, size_t n) {
  unsigned width = 0;
  for (size_t i = 0; i < n; i++) {
    if (text[i] == '\033')
      while (i < n && text[i] != 'm') i++;
    else width += ((unsigned char)text[i] & 0xc0) != 0x80;
  }
  return width;
}

static void wrap_line(FILE *f, const char *line, size_t n, unsigned columns) {
  unsigned at = 0;
  bool words = false; /* one stands on this line of the screen */
  for (size_t i = 0; i < n;) {
    size_t blanks = strspn(line + i, " ");
    if (i + blanks >= n) break;
    size_t word = strcspn(line + i + blanks, " \n");
    unsigned width = width_of(line + i + blanks, word);
    if (words && at + blanks + width > columns) {
      fputs("\n    ", f);
      at = 4;
      blanks = 0;
      i += strspn(line + i, " ");
    }
    fprintf(f, "%.*s", (int)(blanks + word), line + i);
    at += (unsigned)blanks + width;
    i += blanks + word;
    words = true;
  }
  fputs("\n", f);
}

void units_wrap(FILE *f, const char *text, unsigned columns) {
  while (*text) {
    size_t n = strcspn(text, "\n");
    wrap_line(f, text, n, columns);
    text += n + (text[n] == '\n');
  }
}

bool units_breaks(FILE *f) { return isatty(fileno(f)) || getenv("COLUMNS") != NULL; }

void units_print(FILE *f, const char *text) {
  if (units_breaks(f)) units_wrap(f, text, units_columns(fileno(f)));
  else fputs(text, f);
}

/* A control character: of ASCII, or of the second block of them, which UTF-8 writes as C2 80 to C2 9F. */
static size_t control_bytes(const char *p, bool keep_lines) {
  unsigned char c = (unsigned char)*p, next = c ? (unsigned char)p[1] : 0;
  if (keep_lines && (c == '\n' || c == '\t')) return 0;
  return c < ' ' || c == 127 ? 1 : c == 0xc2 && next >= 0x80 && next < 0xa0 ? 2 : 0;
}

char *units_visible(const char *text, bool keep_lines) {
  char *all = malloc(4 * strlen(text) + 1), *to = all;
  for (; all && *text; text++) {
    size_t n = control_bytes(text, keep_lines);
    for (size_t i = 0; i < n; i++) to += sprintf(to, "\\x%02x", (unsigned char)text[i]);
    if (n > 1) text += n - 1;
    if (n == 0) *to++ = *text;
  }
  if (all) *to = '\0';
  return all;
}

void units_csv(FILE *f, const char *text) {
  char *shown = units_visible(text ? text : "", false);
  fputc('"', f);
  for (const char *p = shown; p && *p; p++) {
    if (*p == '"') fputc('"', f);
    fputc(*p, f);
  }
  fputc('"', f);
  free(shown);
}

unsigned units_width(const char *text) { return width_of(text, strlen(text)); }

size_t units_bytes_of_width(const char *text, unsigned columns) {
  size_t n = 0;
  for (unsigned width = 0; text[n]; n++) {
    if (((unsigned char)text[n] & 0xc0) != 0x80 && ++width > columns) break;
  }
  return n;
}
